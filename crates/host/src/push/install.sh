# Brings a bundle, on stdin, to its places on a machine that has no kubepki: all files or none.
# For POSIX shells, with the programs of coreutils and util-linux, or busybox.
#
# Everything is unpacked, checked and laid beside its place first. With the journal in place the
# rest is renames, which need no space: whatever stops them, the next run completes them.
#
# A folder of a place may belong to a user who changes it meanwhile. So the script goes into it,
# asks the kernel where it is, and names files from there; a file gets its owner and mode in a
# folder of its own there that only root can enter, and leaves it by a rename, which follows no link.
#
# Set in front of this: root, dry, cluster, host, serial, older, authorities, and files: lines of mode, SHA-256, path.
set -eu
umask 077

fail() {
  echo "$*" >&2
  exit 1
}

main() {
  made='' history='' committed='' staging='' beside=.kubepki-push
  for program in env flock gzip sha256sum stat tar timeout; do
    command -v "$program" >/dev/null || fail "there is no $program here"
  done
  me=$(id -u) group=$(id -g)
  base=$(cd -P "$root/" 2>/dev/null && env pwd -P) || fail "there is no folder $root/"
  base=${base%/}
  state=$base/var/lib/kubepki
  push=$state/push
  check_state
  check_owner
  if [ -n "$dry" ]; then
    ! [ -e "$push/journal" ] || echo "interrupted -"
    compare
    printf '%s' "$changes"
    return
  fi
  trap clean_up EXIT
  trap 'exit 1' HUP INT PIPE TERM
  make_folder var/lib
  if ! [ -d "$state" ]; then
    mkdir -m 700 "$state"
    made="var/lib/kubepki
$made"
  fi
  exec 9>>"$state/lock"
  wait_for_lock
  ! [ -e "$state/journal" ] ||
    fail "kubepki was interrupted here; run kubepki host install here to complete that first"
  recover
  check_owner
  compare
  stage
  if [ -n "$work" ]; then
    keep
    sync
    mv -T -f "$push/journal.new" "$push/journal"
    committed=1
    # From here on nobody who has lost the connection stops it.
    trap '' HUP INT PIPE TERM
    sync
    put
  fi
  printf '%s' "$changes" 2>/dev/null || :
}

# What others can change or replace is no place to keep anything.
check_state() {
  for folder in "$base/" "$base/var" "$base/var/lib" "$state" "$push"; do
    ! [ -L "$folder" ] || fail "$folder is a symbolic link"
    [ -e "$folder" ] || continue
    [ -d "$folder" ] || fail "$folder is no directory"
    found=$(stat -c '%u %a' "$folder")
    [ "${found% *}" = 0 ] || [ "${found% *}" = "$me" ] ||
      fail "$folder belongs to user ${found% *}, who could replace what is kept there"
    [ $((0${found#* } & 022)) = 0 ] || fail "$folder can be changed by other users: its mode is ${found#* }"
  done
}

# A minute at most. busybox has no flock -w.
wait_for_lock() {
  tries=60
  until flock -n 9; do
    tries=$((tries - 1))
    [ $tries != 0 ] || fail "another installation is under way here"
    sleep 1
  done
}

# Refuses the files of another host or cluster than those that are here.
check_owner() {
  known=$state/installed.json
  [ -e "$known" ] || return 0
  there=$(sed -n 's/^  "cluster": "\(.*\)",$/\1/p' "$known")
  [ "$there" = "$cluster" ] || fail "this machine has files of cluster $there, not of $cluster"
  there=$(sed -n 's/^  "host": "\(.*\)",$/\1/p' "$known")
  [ "$there" = "$host" ] || fail "this machine has files of host $there, not of $host"
  there=$(sed -n 's/^  "serial": \([0-9]*\),$/\1/p' "$known")
  [ -n "$older" ] || [ "$serial" -ge "${there:-0}" ] ||
    fail "this machine has newer files of host $host than these"
  for authority in $authorities; do
    ! grep -q "^    \"$authority\",*$" "$known" || return 0
  done
  fail "this machine has files of another cluster of the name $cluster: it knows no CA of this one"
}

# Says of each file what becomes of it, in changes, and lists those that change in work, with the
# mode and owner that they get.
compare() {
  changes='' work=''
  while read -r mode sha path; do
    found=$(look_at "$path") || exit 1
    # shellcheck disable=SC2086
    set -- $found
    if [ $# = 0 ]; then
      change=create owner=$me:$group
    else
      # As kubepki does: never wider than it was, and a key that root gave to a group stays theirs.
      most=0$mode
      if [ "$2" = 0 ] && [ "$3" != 0 ] && [ $((0$1 & 07)) = 0 ]; then most=$((0$mode | 040)); fi
      owner=$2:$3
      mode=$(printf %o $((0$1 & $most)))
      if [ "$4" != "$sha" ]; then
        change=replace
      elif [ $((0$1 & ~$most & 0777)) != 0 ]; then
        change=narrow
      else
        change=keep
      fi
      [ $change = keep ] || [ "$me" = 0 ] || [ "$me" = "$2" ] ||
        fail "$base/$path belongs to user $2, and only root can put another in its place"
    fi
    changes="$changes$change $path
"
    [ "$change" = keep ] || work="$work$mode $owner $path
"
  done <<END
$files
END
  [ -e "$state/installed.json" ] || return 0
  # Of kubepki's own making, and without blanks.
  for path in $(sed -n 's/^      "path": "\(.*\)",$/\1/p' "$state/installed.json"); do
    case "$files
" in
    *" $path
"*) ;;
    *) ! [ -f "$base/$path" ] || changes="${changes}left $path
" ;;
    esac
  done
}

# The mode, owner, group and SHA-256 of a file; nothing of none.
look_at() {
  check_way "$1"
  [ -d "$base/${1%/*}" ] || return 0
  enter "${1%/*}"
  name=./${1##*/}
  [ -e "$name" ] || return 0
  # Its folder's owner may put something there meanwhile that never ends.
  stat -c '%a %u %g' "$name" && timeout 60 sha256sum "$name" || fail "cannot read $base/$1"
}

# Follows no link, at a file's place or on the way to it.
check_way() {
  here=$base
  rest=$1
  while :; do
    part=${rest%%/*}
    here=$here/$part
    ! [ -L "$here" ] || fail "$here is a symbolic link"
    case $rest in
    */*) ! [ -e "$here" ] || [ -d "$here" ] || fail "$here is no directory" ;;
    *)
      ! [ -e "$here" ] || [ -f "$here" ] || fail "$here is no regular file"
      return 0
      ;;
    esac
    rest=${rest#*/}
  done
}

# Goes into a folder; for a subshell. Some shells only guess where they are: env asks the kernel.
enter() {
  cd -P "$base/$1" || exit 1
  place=$(env pwd -P)
  place=${place%/}
  [ "$place" = "$base${1:+/$1}" ] || fail "$base/$1 leads to ${place:-/} now: somebody changes it"
}

# Goes on into the folder in the one that was entered, in which the files wait that get there.
enter_beside() {
  cd -P "./$beside" || exit 1
  [ "$(env pwd -P)" = "$place/$beside" ] || fail "$place/$beside leads elsewhere: somebody changes it"
  case $(stat -c '%u %a' .) in
  "$me 700" | "$me 2700") ;;
  *) fail "$place/$beside is not of kubepki: remove it" ;;
  esac
}

# Unpacks, checks, and lays what changes beside its place.
stage() {
  staging=1
  mkdir -m 700 "$push" "$push/new"
  tar -xzof - -C "$push/new" || fail "the bundle did not arrive whole"
  (
    cd "$push/new"
    while read -r mode sha path; do
      echo "$sha  $path"
    done <<END | sha256sum -c >/dev/null 2>&1
$files
END
  ) || fail "the bundle did not arrive whole"
  mv -T -f "$push/new/kubepki-manifest.json" "$push/installed.json"
  if [ -z "$work" ]; then
    # The files are the same; who reads them, or what else there is, may not be.
    if cmp -s "$push/installed.json" "$state/installed.json"; then return 0; fi
    sync
    mv -T -f "$push/installed.json" "$state/installed.json"
    return 0
  fi
  while read -r mode owner path; do
    [ -n "$path" ] || continue
    lay "$mode" "$owner" "$path"
    echo "$mode $owner $path" >>"$push/journal.new"
  done <<END
$work
END
}

# Lays a file beside its place.
lay() {
  make_folder "${3%/*}"
  # Recorded first, so that the next run finds it if this one is killed.
  echo "${3%/*}" >>"$push/staged"
  (
    enter "${3%/*}"
    [ -d "./$beside" ] || mkdir -m 700 "./$beside"
    enter_beside
    name=./${3##*/}
    ! [ -e "$name" ] || fail "$place/$beside is not of kubepki: remove it"
    cp "$push/new/$3" "$name"
    # Whoever is not root has no file of others here, and need not own a group that has no rights.
    chown "$2" "$name" 2>/dev/null ||
      { [ "$me" != 0 ] && [ $((0$1 >> 3 & 7)) = $((0$1 & 7)) ]; } ||
      fail "cannot give $base/$3 to $2"
    chmod "$1" "$name"
  )
}

make_folder() {
  here='' rest=$1/
  while [ -n "$rest" ]; do
    name=${rest%%/*}
    rest=${rest#*/}
    if ! [ -d "$base/$here$name" ]; then
      (enter "${here%/}" && mkdir -m 755 "./$name")
      made="$here$name
$made"
    fi
    here=$here$name/
  done
}

# Gives every file that is replaced a second name.
keep() {
  time=$(date -u +%Y%m%dT%H%M%SZ)
  number=''
  while [ -e "$state/history/$time$number" ]; do number=$((${number:--1} - 1)); done
  while read -r mode owner path; do
    [ -f "$base/$path" ] || continue
    history=$state/history/$time$number
    mkdir -p "$history/${path%/*}"
    (
      enter "${path%/*}"
      ln "./${path##*/}" "$history/$path" 2>/dev/null ||
        timeout 60 cp -p "./${path##*/}" "$history/$path"
    )
    [ -f "$history/$path" ] && ! [ -L "$history/$path" ] || fail "$base/$path is no regular file"
  done <"$push/journal.new"
}

# Puts every file that is beside its place into it.
put() {
  missed=''
  while read -r mode owner path; do
    (
      enter "${path%/*}"
      enter_beside
      ! [ -e "./${path##*/}" ] || mv -T -f "./${path##*/}" "../${path##*/}"
    ) || missed=1
  done <"$push/journal"
  [ -z "$missed" ] || fail "not every file could be put into its place; the next push tries again"
  ! [ -e "$push/installed.json" ] || mv -T -f "$push/installed.json" "$state/installed.json"
  sync
  rm -f "$push/journal"
  discard
}

# Completes a run that was killed while it put files into place, and clears up after any other.
recover() {
  [ -d "$push" ] || return 0
  if [ -e "$push/journal" ]; then
    lay_again
    put
    echo "recovered -"
    return 0
  fi
  discard
}

# Lays the files of a folder again in which none wait: somebody has taken them away.
lay_again() {
  lost=''
  while read -r mode owner path; do
    [ -d "$base/${path%/*}/$beside" ] || lost="$lost$mode $owner $path
"
  done <"$push/journal"
  while read -r mode owner path; do
    [ -z "$path" ] || lay "$mode" "$owner" "$path"
  done <<END
$lost
END
}

discard() {
  if [ -e "$push/staged" ]; then
    while read -r folder; do
      # By name from within: a folder's owner may lead rm -r astray.
      (
        enter "$folder" && enter_beside
        for left in ./*; do ! [ -e "$left" ] || rm -f "$left"; done
        cd -P ..
        rmdir "./$beside"
      ) 2>/dev/null || :
    done <"$push/staged"
  fi
  rm -rf "$push"
}

# Leaves the machine as it was, unless the journal is in place.
clean_up() {
  code=$?
  trap '' HUP INT PIPE TERM
  [ -z "$committed" ] || exit "$code"
  [ -z "$staging" ] || discard
  [ "$code" != 0 ] || exit 0
  if [ -n "$history" ]; then
    rm -rf "$history"
    rmdir "$state/history" 2>/dev/null || :
  fi
  case $made in
  *var/lib/kubepki*) rm -f "$state/lock" ;;
  esac
  printf '%s' "$made" | while read -r folder; do
    case $folder in
    */*) above=${folder%/*} ;;
    *) above='' ;;
    esac
    (enter "$above" && rmdir "./${folder##*/}") 2>/dev/null || :
  done
  exit "$code"
}

main

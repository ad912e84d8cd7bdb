# Brings a bundle, on stdin, to its places on a machine that has no kubepki: all files or none.
# For POSIX shells, with the programs of coreutils and util-linux, or busybox.
#
# Everything is unpacked, checked and laid beside its place first. With the journal in place the
# rest is renames, which need no space: whatever stops them, the next run completes them.
#
# Set in front of this: root, dry, cluster, host, authorities, and files: lines of mode, SHA-256, path.
set -eu
umask 077

fail() {
  echo "$*" >&2
  exit 1
}

main() {
  state=$root/var/lib/kubepki
  push=$state/push
  made='' history='' committed='' staging=''
  for program in flock gzip sha256sum stat tar; do
    command -v "$program" >/dev/null || fail "there is no $program here"
  done
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
  ! [ -L "$state" ] || fail "$state is a symbolic link"
  if ! [ -d "$state" ]; then
    mkdir -m 700 "$state"
    made="$state
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
    mv "$push/journal.new" "$push/journal"
    committed=1
    # From here on nobody who has lost the connection stops it.
    trap '' HUP INT PIPE TERM
    sync
    put
  fi
  printf '%s' "$changes" 2>/dev/null || :
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
  for authority in $authorities; do
    ! grep -q "^    \"$authority\",*$" "$known" || return 0
  done
  fail "this machine has files of another cluster of the name $cluster: it knows no CA of this one"
}

# Says of each file what becomes of it, in changes, and lists those that change in work.
compare() {
  changes='' work=''
  while read -r mode sha path; do
    target=$root/$path
    check_way "$path"
    if [ -f "$target" ]; then
      old=$(stat -c %a "$target")
      now=$(sha256sum <"$target")
      if [ "${now%% *}" != "$sha" ]; then
        change=replace
      elif [ $((0$old & ~0$mode & 07777)) != 0 ]; then
        change=narrow
      else
        change=keep
      fi
      # Never wider than it was.
      mode=$(printf %o $((0$old & 0$mode)))
    else
      change=create
    fi
    changes="$changes$change $path
"
    [ "$change" = keep ] || work="$work$mode $sha $path
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
    *) ! [ -f "$root/$path" ] || changes="${changes}left $path
" ;;
    esac
  done
}

# Follows no link, at a file's place or on the way to it.
check_way() {
  here=$root
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
  mv "$push/new/kubepki-manifest.json" "$push/installed.json"
  if [ -z "$work" ]; then
    # The files are the same; who reads them, or what else there is, may not be.
    if cmp -s "$push/installed.json" "$state/installed.json"; then return 0; fi
    sync
    mv "$push/installed.json" "$state/installed.json"
    return 0
  fi
  while read -r mode sha path; do
    [ -n "$path" ] || continue
    folder=${path%/*}
    make_folder "$folder"
    beside=$root/$folder/.${path##*/}.kubepki-new
    # Recorded first, so that the next run finds it if this one is killed.
    echo "$beside" >>"$push/staged"
    rm -f "$beside"
    cp "$push/new/$path" "$beside"
    [ "$(id -u)" != 0 ] || chown 0:0 "$beside"
    chmod "$mode" "$beside"
    echo "$path" >>"$push/journal.new"
  done <<END
$work
END
}

make_folder() {
  here=$root
  rest=$1/
  while [ -n "$rest" ]; do
    here=$here/${rest%%/*}
    rest=${rest#*/}
    ! [ -L "$here" ] || fail "$here is a symbolic link"
    if ! [ -d "$here" ]; then
      mkdir -m 755 "$here"
      made="$here
$made"
    fi
  done
}

# Gives every file that is replaced a second name.
keep() {
  time=$(date -u +%Y%m%dT%H%M%SZ)
  number=''
  while [ -e "$state/history/$time$number" ]; do number=$((${number:--1} - 1)); done
  while read -r path; do
    [ -f "$root/$path" ] || continue
    history=$state/history/$time$number
    mkdir -p "$history/${path%/*}"
    ln "$root/$path" "$history/$path" 2>/dev/null || cp -p "$root/$path" "$history/$path"
  done <"$push/journal.new"
}

# Puts every file that is beside its place into it.
put() {
  while read -r path; do
    beside=$root/${path%/*}/.${path##*/}.kubepki-new
    ! [ -e "$beside" ] || mv -f "$beside" "$root/$path"
  done <"$push/journal"
  ! [ -e "$push/installed.json" ] || mv -f "$push/installed.json" "$state/installed.json"
  sync
  rm -rf "$push"
}

# Completes a run that was killed while it put files into place, and clears up after any other.
recover() {
  [ -d "$push" ] || return 0
  if [ -e "$push/journal" ]; then
    put
    echo "recovered -"
    return 0
  fi
  discard
}

discard() {
  if [ -e "$push/staged" ]; then
    while read -r beside; do rm -f "$beside"; done <"$push/staged"
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
  *"$state"*) rm -f "$state/lock" ;;
  esac
  printf '%s' "$made" | while read -r folder; do rmdir "$folder" 2>/dev/null || :; done
  exit "$code"
}

main

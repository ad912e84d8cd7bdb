# Sourced by the scripts beside it, never run. Installs Debian packages, and touches
# nothing (no package list, no lock, no sudo) where all of them are there.

# as_root COMMAND...: runs a command as root, through sudo where that is needed.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "error: \`$*\` must run as root, and there is no sudo" >&2
    return 1
  fi
}

# install_packages PACKAGE...: installs those that are missing.
install_packages() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "installing ${missing[*]}" >&2
  # The timeout: another apt may be at work, such as unattended-upgrades.
  as_root apt-get -o DPkg::Lock::Timeout=600 update -qq >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -yqq \
    --no-install-recommends "${missing[@]}" >&2
}

# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by pipelines/demo, tests/run and .ci/run: installs what is missing of pipelines/packages.

# packages_of SECTION...: the packages of these sections, one a line.
packages_of() {
  local file wanted=" $* " section='' line
  file=$(dirname "${BASH_SOURCE[0]}")/../packages
  while read -r line; do
    line=${line%%#*}
    line=${line%"${line##*[![:space:]]}"}
    case $line in
      '') ;;
      '['*']') section=${line:1:-1} ;;
      *) [[ $wanted == *" $section "* ]] && printf '%s\n' "$line" ;;
    esac
  done <"$file"
  return 0
}

# known_of A|B|...: the first that the package lists have, else the first.
known_of() {
  local name
  [[ $1 == *"|"* ]] || { printf '%s\n' "$1"; return 0; }
  for name in ${1//|/ }; do
    if apt-cache show "$name" >/dev/null 2>&1; then
      printf '%s\n' "$name"
      return 0
    fi
  done
  printf '%s\n' "${1%%|*}"
}

# missing_of SECTION...: those that are not installed; of A|B, one that can be when neither is.
missing_of() {
  local names name found
  for names in $(packages_of "$@"); do
    found=0
    for name in ${names//|/ }; do
      [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] && found=1
    done
    ((found)) || known_of "$names"
  done
}

# install_missing YES SECTION...: installs them; asks first unless YES is 1 or CI is true.
# Returns 1, having said why, when they are still missing afterwards.
install_missing() {
  # shellcheck disable=SC2086  # $missing: one word a package, all through.
  local yes=$1 missing answer='' as_root=() apt_env=(env DEBIAN_FRONTEND=noninteractive)
  shift
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "This is not a Debian system; install what answers to these packages yourself:"
    packages_of "$@" | sed 's/^/  /'
    return 0
  fi
  missing=$(missing_of "$@")
  [[ -z $missing ]] && return 0
  echo "Missing packages of the distribution:"
  printf '  %s\n' $missing
  if [[ $yes != 1 && ${CI:-} != true ]]; then
    read -r -p "Install them now with apt-get? [y/N] " answer || true
    if [[ $answer != [yY]* ]]; then
      echo "Nothing was installed. To do it yourself: apt-get install" $missing
      return 1
    fi
  fi
  if [[ $(id -u) != 0 ]]; then
    if ! command -v sudo >/dev/null; then
      echo "This needs root and there is no sudo. As root: apt-get install" $missing
      return 1
    fi
    as_root=(sudo)
  fi
  # shellcheck disable=SC2086  # One word a package.
  if ! apt-get install -s --no-install-recommends $missing >/dev/null 2>&1; then
    echo "Fetching the package lists."
    "${as_root[@]}" "${apt_env[@]}" apt-get update -q </dev/null || true
    missing=$(missing_of "$@")  # Which of several names there are is known now.
  fi
  # shellcheck disable=SC2086
  "${as_root[@]}" "${apt_env[@]}" apt-get install -q -y --no-install-recommends $missing </dev/null || true
  missing=$(missing_of "$@")
  [[ -z $missing ]] && return 0
  echo "Still missing:" $missing
  return 1
}

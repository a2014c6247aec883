#!/usr/bin/env bash
# Installs what the tests use besides Node and Rust: tmux, Chromium and a C++ compiler from Debian's packages, numpy and
# Optuna into a Python environment in this folder. What is there already is left alone.
#   install-tools.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")"
python=$1
export DEBIAN_FRONTEND=noninteractive

missing=()
command -v tmux >/dev/null || missing+=(tmux)
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] || missing+=(chromium)
command -v "${CXX:-c++}" >/dev/null || missing+=(g++)
if [ ${#missing[@]} != 0 ]; then
  echo "installing ${missing[*]} …" >&2
  # Lists of packages that are old, or none, are fetched anew.
  apt-get install -y --no-install-recommends "${missing[@]}" ||
    { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; }
fi

if ! cmp -s requirements.txt "$python/requirements.txt"; then
  echo 'installing numpy and Optuna …' >&2
  python3 -m venv --clear "$python"
  "$python/bin/pip" install --quiet --disable-pip-version-check --no-deps -r requirements.txt
  # Last: an environment that was not finished has no list.
  cp requirements.txt "$python/requirements.txt"
fi

#!/usr/bin/env bash
# Installs the tools of the tests besides Node and Rust: tmux, Chromium and a C++ compiler from Debian's packages,
# numpy, Optuna and clang-format into a Python environment in FOLDER. Skips tools that already exist.
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
  # Refreshes missing or outdated package lists.
  apt-get install -y --no-install-recommends "${missing[@]}" ||
    { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; }
fi

if ! cmp -s requirements.txt "$python/requirements.txt"; then
  echo 'installing Python packages …' >&2
  python3 -m venv --clear "$python"
  "$python/bin/pip" install --quiet --disable-pip-version-check --no-deps -r requirements.txt
  # Last, so that an unfinished environment has no list.
  cp requirements.txt "$python/requirements.txt"
fi

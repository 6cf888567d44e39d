#!/bin/sh
# What the browser tests need of the system: a Chromium, and a font with Chinese characters.
# Installed where the user may; where not, the tests say what could not be run.
set -eu

wanted=""
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && found=$name
done
[ -n "${found:-}" ] || wanted="chromium"
fc-list ':lang=zh' 2>/dev/null | grep -q . || wanted="$wanted fonts-noto-cjk"

[ -n "$wanted" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Not found, and not installable by this user:$wanted" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# shellcheck disable=SC2086 # several packages in one word list
if apt-get update >"$log" 2>&1 && apt-get install --yes --no-install-recommends $wanted fontconfig >>"$log" 2>&1; then
    echo "Installed: $wanted"
else
    tail -n 5 "$log" >&2
fi
rm -f "$log"

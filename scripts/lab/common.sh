# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Sourced by the other scripts of the laboratory.
# shellcheck disable=SC2034 # used by them

set -euo pipefail

lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$lab/../.." && pwd)
cache=$(realpath -m -- "${KVM_SDEI_CACHE:-$HOME/.cache/kvm-sdei}")
mirror=${KVM_SDEI_MIRROR:-http://deb.debian.org}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf 'lab: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# fill NAME COMMAND...: makes the folder NAME of the cache, once, by running
# COMMAND with the path of an empty folder as its last argument. The folder
# gets its name when it is whole, so an interrupted fill leaves nothing that
# the next one would trust. With $renew one that is there is replaced, then.
fill() {
	local target=$cache/$1 lock
	shift
	[[ ! -e $target || ${renew-} ]] || return 0
	mkdir -p "$(dirname "$target")"
	exec {lock}>"$target.lock"
	flock "$lock"
	if [[ ! -e $target || ${renew-} ]]; then
		rm -rf --one-file-system "$target.new" "$target.old"
		mkdir "$target.new"
		"$@" "$target.new"
		[[ ! -e $target ]] || mv "$target" "$target.old"
		mv "$target.new" "$target"
		rm -rf --one-file-system "$target.old"
	fi
	exec {lock}>&-
}

# need COMMAND...: installs the Debian packages of the same name into this
# machine. Only what makes the toolbox is needed here.
need() {
	local missing=() command
	for command; do
		command -v "$command" >/dev/null || missing+=("$command")
	done
	((${#missing[@]})) || return 0
	[[ $(id -u) = 0 ]] || die "run as root, or install: ${missing[*]}"
	say "installing ${missing[*]}"
	apt-get update -qq >&2
	DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends \
		"${missing[@]}" >&2 || die "cannot install ${missing[*]}"
}

# The newest suites of a Debian release, as lines of a sources.list.
sources() {
	local release
	for release; do
		case $release in
		*-security) echo "deb [signed-by=$keyring] $mirror/debian-security $release main" ;;
		*) echo "deb [signed-by=$keyring] $mirror/debian $release main" ;;
		esac
	done
}

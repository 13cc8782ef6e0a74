# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Sourced: downloads packages from Debian's archive with an apt of its own that
# neither reads nor changes what this machine has installed.

# archive DIR PREFER SUITE...: sets up that apt in DIR for these suites; packages
# are taken from PREFER if it is not empty and has them.
archive() {
	local dir=$1 prefer=$2
	shift 2
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/debs"
	: >"$dir/status"
	sources "$@" >"$dir/sources.list"
	apt=(
		-o Dir::State="$dir" -o Dir::State::lists="$dir/lists"
		-o Dir::State::status="$dir/status" -o Dir::Cache="$dir/cache"
		-o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null
		-o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null
		-o APT::Architectures::="$(dpkg --print-architecture)"
		-o APT::Architectures::=arm64
		-o APT::Sandbox::User=root -o APT::Default-Release="$prefer"
		-o APT::Install-Recommends=false
	)
	apt-get "${apt[@]}" -qq update >&2 || die "cannot read $mirror"
}

# archive_needs REGEX PACKAGE...: lists the packages, as name:arch, that
# installing these would bring in and whose names match.
archive_needs() {
	local regex=$1
	shift
	apt-get "${apt[@]}" -qq --print-uris install "$@" |
		sed -En "s,^'[^']*' ([^_]+)_[^_]+_([^_.]+)\.deb .*,\1:\2,p" |
		grep -E "^($regex)" || die "the archive has no installable $*"
}

# archive_get DIR PACKAGE...: downloads the packages into DIR/debs.
archive_get() {
	local dir=$1
	shift
	(cd "$dir/debs" && apt-get "${apt[@]}" -qq download "${@/%:all/}") >&2 ||
		die "cannot download $*"
}

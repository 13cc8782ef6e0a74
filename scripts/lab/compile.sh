# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Sourced by kernel: compiles a small kernel, a host's that checks itself or a
# guest's, from Debian's sources and the fragments in config/.

# What a kernel is configured with. Kept beside it, so that it is seen to change.
fragments() {
	case $line in
	*-nmi) cat "$lab/config/guest" ;;
	*) cat "$lab/config/host" "$lab/config/${line##*-}" ;;
	esac
}

compile() {
	local dir=$1 version=${line%%-*}
	say "compiling the kernel $line (once, up to half an hour on two CPUs)"
	archive "$dir/apt" "$prefer" "${suites[@]}"
	archive_get "$dir/apt" "linux-source-$version:all"
	dpkg -x "$dir"/apt/debs/linux-source-*.deb "$dir/source"
	fragments >"$dir/config"
	"$lab/toolbox" bash -euc "$(declare -f in_toolbox); in_toolbox \"\$@\"" compile \
		"/cache/kernels/${dir##*/}" "${line##*-}" ||
		die "cannot compile the kernel $line: see $dir/log"
	rm -rf "$dir/apt" "$dir/source" "$dir/log"
}

in_toolbox() {
	local dir=$1 kind=$2 base=host source release wanted missing make
	[[ $kind != nmi ]] || base=guest
	exec >"$dir/log" 2>&1
	make=(make ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- "-j$(nproc)")
	# KCSAN is to watch the module alone, but to know what an unlock orders.
	[[ $kind != kcsan ]] ||
		make+=(KCSAN_SANITIZE=n KCSAN_INSTRUMENT_BARRIERS_spinlock.o=y)

	tar -xf "$dir"/source/usr/src/linux-source-*.tar.xz -C "$dir/source"
	source=$(echo "$dir"/source/linux-source-*)
	cd "$source" || exit
	"${make[@]}" KCONFIG_ALLCONFIG="/src/scripts/lab/config/$base" allnoconfig
	# In a second step, since EXPERT asks for what is on without it.
	wanted=$(grep -E '^(# )?CONFIG_' "$dir/config")
	printf '%s\n' "$wanted" "CONFIG_LOCALVERSION=\"-$kind\"" >>.config
	"${make[@]}" olddefconfig
	missing=$(grep '^CONFIG' <<<"$wanted" | grep -vxFf .config || true)
	[[ ! $missing ]] || { echo "not to be had: $missing"; exit 1; }
	"${make[@]}" Image modules

	release=$(cat include/config/kernel.release)
	echo "$release" >"$dir/release"
	cp arch/arm64/boot/Image "$dir/"
	# What modules are built with, as Debian's packages of headers have it.
	mkdir -p "$dir/headers/usr/src"
	rsync -am --exclude='*.o' --exclude='.*.cmd' --include='*/' \
		--include='/.config' --include='/Makefile' --include='/Module.symvers' \
		--include='/include/**' --include='/scripts/**' --include='Makefile*' \
		--include='/arch/arm64/include/**' --include='/tools/include/**' \
		--include='/arch/arm64/tools/**' \
		--exclude='*' ./ "$dir/headers/usr/src/linux-headers-$release/"
}

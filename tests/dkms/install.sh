#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage (as root in a Debian of arm64 that may be spoiled): install.sh SUITE OUT
# What users do with DKMS and with the packages, as TAP: install, upgrade the kernel,
# have one that is not supported, have two versions, remove. This checkout is in
# /mnt/src, its packages are in /mnt/deb; /root/older is the kernel that is installed.
# What came of each kernel is left in OUT: its modules, and what modprobe reads.
set -uo pipefail
suite=$1 out=$2
older=$(</root/older)
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' /mnt/src/dkms.conf)
count=0
# By QEMU's user mode emulation this machine runs the kernel that it has.
export QEMU_UNAME=$older
running=()
[[ $(uname -r) = "$older" ]] || running=(-k "$older")

tap() { echo "$1 $((++count)) - $suite: $2"; }

# report NAME COMMAND...: the test NAME passes if COMMAND succeeds.
report() {
	local name=$1 log=/root/report status=0
	shift
	"$@" >$log 2>&1 </dev/null || status=$?
	if ((status == 0)); then
		tap ok "$name"
		# So that it can be seen how long each step took.
		tail -n 60 $log | sed 's/^/#   /'
	else
		tap 'not ok' "$name"
		echo "# \`$*' ended with status $status and said:"
		sed 's/^/# /' $log
	fi
}

# report_is NAME WANTED GOT
report_is() {
	if [[ $2 = "$3" ]]; then
		tap ok "$1"
	else
		tap 'not ok' "$1"
		printf 'wanted: %s\ngot:    %s\n' "$2" "$3" | sed 's/^/# /'
	fi
}

kernels() { basename -a /lib/modules/*/; }

# The kernel that was installed last, other than those in $known.
newest() { kernels | grep -vxFf <(printf '%s\n' "${known[@]}") | tail -n 1; }

# What modprobe would load of a kernel, without its folder.
finds() {
	modprobe -S "$1" -n --show-depends "$2" 2>/dev/null |
		sed -nE 's,^insmod .*/(updates/dkms/.*\.ko).*,\1,p'
}

# has RELEASE [VERSION]: both modules are where modprobe finds them, for that kernel.
has() {
	local module wanted=${2-$version}
	for module in kvm_sdei kvm_sdei_guest; do
		report_is "$1: modprobe finds $module" "updates/dkms/$module.ko" "$(finds "$1" $module)"
		report_is "$1: of this version, for this kernel" "$wanted $1" \
			"$(modinfo -k "$1" -F version $module) $(modinfo -k "$1" -F vermagic $module | cut -d' ' -f1)"
	done
}

# No module of ours is there, of any kernel or of the one named.
has_none() {
	local found
	found=$(find "/lib/modules/${1-}" -name 'kvm_sdei*')
	[[ ! $found ]] || { echo "$found"; return 1; }
}

packages_whole() { ! dpkg --audit | grep .; }

install() { apt-get -y -q --no-install-recommends install "$@"; }

# With what has no configuration of this kernel but its name, or no KVM.
pretend() {
	local release=$1 headers
	headers=/usr/src/linux-headers-$release
	cp -a "/usr/src/linux-headers-$older" "$headers"
	sed -i "/^${2:-CONFIG_NONE}=/d" "$headers/.config"
	mkdir -p "/lib/modules/$release"
	ln -s "$headers" "/lib/modules/$release/build"
	touch "/lib/modules/$release/modules."{order,builtin}
	# What a kernel's package does when it is configured.
	run-parts --exit-on-error --arg="$release" --arg="/boot/vmlinuz-$release" \
		--regex '^dkms$' /etc/kernel/postinst.d
}

forget() {
	rm -r "/lib/modules/$1" "/usr/src/linux-headers-$1"
}

# ---- from the source tree ----

report 'the lists of packages' apt-get -q update
cp -r /mnt/src /root/kvm_sdei
cd /root/kvm_sdei || exit
report 'dkms install . in a checkout' dkms install . "${running[@]}"
report 'dkms install src/guest' dkms install src/guest "${running[@]}"
has "$older"
report_is 'DKMS has signed it' 'DKMS module signing key' \
	"$(modinfo -k "$older" -F signer kvm_sdei)"
dkms status

echo 'MODULE_INFO(rebuilt, "yes");' >>"/usr/src/kvm-sdei-$version/src/host/main.c"
report 'it is built anew' dkms build --force "kvm-sdei/$version" "${running[@]}"
report 'and installed anew' dkms install --force "kvm-sdei/$version" "${running[@]}"
report_is 'what modprobe finds is new' yes "$(modinfo -k "$older" -F rebuilt kvm_sdei)"

known=("$older")
report 'the kernel is upgraded' install linux-image-arm64 linux-headers-arm64
newer=$(newest)
report_is 'to one of its own line' "$(cut -d. -f1-2 <<<"$older")" "$(cut -d. -f1-2 <<<"$newer")"
has "$newer"
has "$older"

# ---- kernels that it is not for ----

if [[ $suite = bookworm ]]; then
	known+=("$newer")
	report 'a kernel without KVM is installed' install linux-image-rt-arm64 linux-headers-rt-arm64
	rt=$(newest)
	report 'its packages are whole' packages_whole
	report_is "$rt: it gets no kvm_sdei" '' "$(finds "$rt" kvm_sdei)"
	report_is "$rt: but what guests load" updates/dkms/kvm_sdei_guest.ko \
		"$(finds "$rt" kvm_sdei_guest)"
fi
report 'a kernel that is too old is left alone' pretend 5.10.0-99-arm64
report 'it gets no module' has_none 5.10.0-99-arm64
forget 5.10.0-99-arm64
report 'a kernel that is too new is left alone' pretend 7.99.0-99-arm64
report 'it gets no module' has_none 7.99.0-99-arm64
report 'unless one says so' dkms install "kvm-sdei/$version" -k 7.99.0-99-arm64 \
	--directive BUILD_EXCLUSIVE_KERNEL=
dkms remove "kvm-sdei/$version" -k 7.99.0-99-arm64 >/dev/null 2>&1
forget 7.99.0-99-arm64
report 'a kernel of other machines is left alone' pretend "$older.other" CONFIG_ARM64
report 'it gets no module' has_none "$older.other"
forget "$older.other"
report 'a kernel without BTF is left alone' pretend "$older.nobtf" CONFIG_DEBUG_INFO_BTF
report_is 'it gets no kvm_sdei' '' "$(find "/lib/modules/$older.nobtf" -name 'kvm_sdei.ko*')"
forget "$older.nobtf"
dkms remove "kvm-sdei-guest/$version" -k "$older.nobtf" >/dev/null 2>&1
refused() { ! dkms install "kvm-sdei/$version" -k 5.10.0-99-arm64; }
report 'and told about one it refuses' refused

# ---- two versions ----

cp -r /mnt/src /root/next
next=$version.1
sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"$next\"/" /root/next/dkms.conf
sed -i "s/^MODULE_VERSION(.*/MODULE_VERSION(\"$next\");/" /root/next/src/host/main.c
report 'a newer version is installed beside it' dkms install /root/next "${running[@]}"
report_is 'it is the one that is loaded' "$next" "$(modinfo -k "$older" -F version kvm_sdei)"
report_is 'of one kernel alone' "$version" "$(modinfo -k "$newer" -F version kvm_sdei)"
dkms status
report 'the newer version is removed' dkms remove "kvm-sdei/$next" --all
report 'the older one is back' dkms install "kvm-sdei/$version" "${running[@]}"
has "$older"

report 'dkms remove' dkms remove "kvm-sdei/$version" --all
report 'dkms remove, the guest' dkms remove "kvm-sdei-guest/$version" --all
report 'nothing is left in /lib/modules' has_none
report_is 'nor does DKMS know of it' '' "$(dkms status | grep kvm-sdei)"
rm -rf /usr/src/kvm-sdei*

# ---- from the packages ----

report 'the packages are installed' install /mnt/deb/*.deb
report 'they are whole' packages_whole
has "$older"
report_is 'kvm-sdei is in PATH' "kvm-sdei $version" "$(kvm-sdei --version)"
for unit in kvm-sdei kvm-sdei-guest; do
	report "$unit.service is started at boot" \
		test -e /etc/systemd/system/multi-user.target.wants/$unit.service
done

# ---- newer packages ----

# What the next release would be, in /root/deb.
newer_packages() {
	local package dir sources
	for package in kvm-sdei-dkms kvm-sdei-guest-dkms; do
		dir=/root/deb/$package
		mkdir -p "$dir"
		dpkg-deb -R /mnt/deb/${package}_*.deb "$dir" || return
		sources=$dir/usr/src/${package%-dkms}
		mv "$sources-$version" "$sources-$next"
		sed -i "s/^Version: .*/Version: $next/" "$dir/DEBIAN/control"
		sed -i "s/$version/$next/g" "$dir"/DEBIAN/{postinst,prerm} "$sources-$next/dkms.conf"
		sed -i "s/^MODULE_VERSION(.*/MODULE_VERSION(\"$next\");/" \
			"$sources-$next"/{src/host/,}main.c
		dpkg-deb -b "$dir" "$dir.deb" || return
	done
}
newer_packages >/dev/null 2>&1
report 'the packages are upgraded' install /root/deb/*.deb
report 'they are whole' packages_whole
has "$older" "$next"
report_is 'the older version is gone' '' "$(dkms status | grep -F "/$version,")"
report 'and back again' install --allow-downgrades /mnt/deb/*.deb
has "$older"
report_is 'the newer version is gone' '' "$(dkms status | grep -F "/$next,")"

# ---- a kernel of another line ----

known=()
mapfile -t known < <(kernels)
case $suite in
bookworm) another=(linux-image-6.12-arm64 linux-headers-6.12-arm64) ;;
*) another=(-t "$suite-backports" linux-image-arm64 linux-headers-arm64) ;;
esac
report 'a kernel of another line is installed' install "${another[@]}"
report 'its packages are whole' packages_whole
has "$(newest)"

# What each kernel got, as DKMS gives it to one that it did not run for before.
for release in $(kernels); do
	report "$release: dkms autoinstall" dkms autoinstall -k "$release"
	mkdir -p "$out/$release"
	(cd "/lib/modules/$release" && cp -r --parents modules.* updates "$out/$release/")
done

report 'the packages are removed' apt-get -y -q purge 'kvm-sdei*'
report 'nothing is left in /lib/modules' has_none
report_is 'nor elsewhere' '' "$(find /usr/src /var/lib/dkms /etc /usr/bin /usr/lib/systemd -name '*kvm*sdei*')"
report 'the packages are whole' packages_whole
echo "1..$count"

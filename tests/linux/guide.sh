# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Follows Documentation/guide.md word by word, with the guest of scripts/lab/debian-guest
# as the stock guest, and compares what it says with what is said. Numbers and addresses
# may differ, and an ellipsis stands for anything. The host has qemu-efi-aarch64, and in
# /lab/guide the package of the guest's module.
# shellcheck source=tests/linux/sdei.sh
. tests/linux/sdei.sh

guide=Documentation/guide.md
package=$(echo /lab/guide/*.deb)

# The host as its packages leave it, and the VM that the guide speaks of.
set_up() {
	local release
	release=$(uname -r)
	mkdir -p "/lib/modules/$release/updates/dkms"
	cp /modules/kvm_sdei.ko "/lib/modules/$release/updates/dkms/"
	touch "/lib/modules/$release/modules."{order,builtin}
	depmod
	mkdir -p /usr/local/sbin
	ln -s "$PWD/scripts/kvm-sdei" /usr/local/sbin/
	insmod_all /modules/disk/virtio_mmio.ko /modules/disk/virtio_blk.ko
	guest_start g boot=disk sdei=no wait=no smp=2 mem=1024 -name guest=web1 \
		-bios /usr/share/qemu-efi-aarch64/QEMU_EFI.fd \
		-drive file=/dev/vda,format=raw,if=none,id=disk,cache=unsafe \
		-device virtio-blk-pci,drive=disk \
		-fw_cfg "name=opt/org.kvm-sdei,file=$package"
	guest_wait g 1800
}
insmod_all() {
	local module
	for module; do
		[[ ! -e $module ]] || insmod "$module"
	done
}

# The control channel would take minutes for it.
copy_package() {
	guest_cmd g "modprobe qemu_fw_cfg &&
		cp /sys/firmware/qemu_fw_cfg/by_name/opt/org.kvm-sdei/raw ${package##*/}"
}

alike() { sed -E 's/0x[0-9a-f]+|\b[0-9a-f]{8,}\b|[0-9]+/N/g; s/[[:space:]]+/ /g; s/ $//' <<<"$1"; }

# says WANTED GOT
says() {
	local wanted got piece first=1
	wanted=$(alike "$1")
	wanted=${wanted//$'\n'…/…}
	got=$(alike "$2")
	while [[ $wanted = *…* ]]; do
		piece=${wanted%%…*}
		wanted=${wanted#*…}
		[[ $got = *"$piece"* ]] || return 1
		[[ ! $first || $got = "$piece"* ]] || return 1
		got=${got#*"$piece"}
		first=''
	done
	if [[ $first ]]; then
		[[ $got = "$wanted" ]]
	else
		[[ $got = *"$wanted" ]]
	fi
}

# follow WHERE COMMAND WANTED
away=''
follow() {
	local where=$1 command=$2 wanted=$3 got status=0
	if [[ $where = host ]]; then
		got=$(bash -c "$command" 2>&1) || status=$?
	else
		[[ ! $away ]] || report 'the guest is back' guest_wait g 2400
		away=''
		got=$(guest_cmd g "$command" 2400) || status=$?
	fi
	printf '%s# %s\n%s\n' "$where" "$command" "$got" | comment
	# Whoever types takes longer than this for the next one.
	[[ $command != *'&' ]] || sleep 10
	if [[ $where = guest && $command = reboot ]]; then
		away=1
		return
	fi
	[[ $command != *'--event nmi'* ]] || away=1
	report_is "$where: ${command%%$'\n'*}" 0 "$status"
	[[ ! $wanted ]] || says "$wanted" "$got" || {
		tap 'not ok' "$where: ${command%%$'\n'*}: what the guide says"
		printf 'wanted:\n%s\ngot:\n%s\n' "$(alike "$wanted")" "$(alike "$got")" | comment
	}
}

# Commands are in indented blocks, after a prompt; what they say follows them.
read_guide() {
	local line where='' command='' wanted=''
	while IFS= read -r -u 3 line; do
		if [[ $line =~ ^\ {4}(host|guest)#\ (.*) ]]; then
			[[ ! $where ]] || follow "$where" "$command" "$wanted"
			where=${BASH_REMATCH[1]} command=${BASH_REMATCH[2]} wanted=''
			((++commands))
		elif [[ $where && ! $wanted && $line = '    > '* ]]; then
			command+=$'\n'${line#    > }
		elif [[ $where && $line = '    '* ]]; then
			wanted+=${wanted:+$'\n'}${line#    }
		elif [[ $where ]]; then
			follow "$where" "$command" "$wanted"
			where=''
		fi
	done 3< <(cat "$guide"; echo)
}

commands=0
report 'a stock guest is up' set_up
report 'the package of the guest module is in the guest' copy_package
read_guide
report "the guide has commands ($commands)" test "$commands" -ge 10
guest_stop g || guest_kill g
report 'the host is content' host_is_clean

# SPDX-License-Identifier: GPL-2.0-only
# What people type; what the kernel's build reads is in Kbuild.

KDIR ?= /lib/modules/$(shell uname -r)/build
# The emulated host's kernel line for demo and shell: 6.1, 6.12 or 7.3.
HOST ?= 7.3

# A test that ends too early is no success, whatever the rest of the line says.
SHELL = /bin/bash
.SHELLFLAGS = -o pipefail -c

help:
	@sed -n 's/^## //p' $(firstword $(MAKEFILE_LIST))

## On any Debian machine (x86-64 or arm64), as root:
##   make demo [HOST=7.3|6.12|6.1]  wedge a guest's CPU, raise an event, see its handler run
##   make shell [HOST=…]            an emulated host with a guest, to play with
##   make check                     the quick tests: unit tests and static checks
##   make test                      all tests: proofs, and emulated hosts
##   make test-debug                all of it on kernels that check themselves (hours)
##   make test-guest                what guests do with events: crash dumps, ACPI, …
##   make test-migration            a guest that goes from kernel to kernel and back
##   make test-kernels              each kernel, mode and CPU (two hours), for the README
##   make test-dkms                 DKMS and the packages, as users install them (two hours)
##   make proof                     the explorer, the model checker, the models of the races
##   make fuzz [HOST=…]             a hostile guest, with other seeds than make test
##   make stress [HOST=…]           VMs that come and go, loading, tracers: with large counts
##   make bench                     count what it costs, keep and draw the figures
##   make timeline [HOST=…]         trace a raise and draw it, for the README
##   make mutate                    see the tests notice errors (an hour)
##   make deb                       Debian packages, in build/deb/
##   make update                    fetch the newest of those of Debian's kernels that are here
##   make clean                     remove what was built here
demo:
	@scripts/demo $(HOST)

shell:
	@scripts/lab/build $(HOST)
	@scripts/lab/shell --line $(HOST)

check:
	@scripts/check

test:
	@scripts/test

test-debug:
	@scripts/test-debug

test-guest:
	@scripts/test-guest

test-migration:
	@scripts/test-migration

test-kernels:
	@scripts/test-kernels

test-dkms:
	@scripts/test-dkms

proof:
	@scripts/lab/toolbox make -s -C tests/proof explore cbmc spin | scripts/tally

fuzz:
	@scripts/fuzz $(HOST)

stress:
	@scripts/stress $(HOST)

bench:
	@scripts/bench --record

timeline:
	@scripts/timeline $(HOST)

mutate:
	@scripts/lab/toolbox make -s -C tests/unit mutate
	@scripts/lab/toolbox make -s -C tests/proof mutate-explore

deb:
	@scripts/deb

update:
	@scripts/lab/update

clean:
	rm -rf build
	find . -name .git -prune -o -type f \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name Module.symvers \
		-o -name modules.order \) -exec rm {} +

## On an arm64 host with the headers of its kernel (or use DKMS):
##   make modules [KDIR=…]          build kvm_sdei.ko and src/guest/kvm_sdei_guest.ko
##   make guest-module [KDIR=…]     build src/guest/kvm_sdei_guest.ko alone, for a guest
modules: guest-module
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

guest-module:
	$(MAKE) -C $(KDIR) M=$(CURDIR)/src/guest modules

.PHONY: help demo shell check test test-guest test-migration test-debug test-kernels
.PHONY: test-dkms proof fuzz stress bench timeline mutate deb update modules guest-module
.PHONY: clean

/* SPDX-License-Identifier: GPL-2.0-only */
/* What loops.S loads the registers from, and where it leaves them. */
#ifndef KVM_SDEI_TEST_FRAME_H
#define KVM_SDEI_TEST_FRAME_H

#define FRAME_RELEASE	0
#define FRAME_COUNT	8
#define FRAME_FLAGS	16
#define FRAME_FLAGS_OUT	24
#define FRAME_BEFORE	32
#define FRAME_AFTER	280
#define FRAME_MEMORY	528

#define STORM_STEPS	8

#ifndef __ASSEMBLER__

#include <linux/build_bug.h>
#include <linux/linkage.h>
#include <linux/stddef.h>
#include <linux/types.h>

/**
 * struct frame - the registers of a routine in loops.S
 * @release: not 0: the loop is to end
 * @count: the loop's counter: wake-ups so far, or passes to go
 * @flags: NZCV to begin with
 * @flags_out: NZCV in the end
 * @before: x0 to x30 to begin with
 * @after: x0 to x30 in the end
 * @memory: what a storm writes in each of its steps
 */
struct frame {
	u64 release;
	u64 count;
	u64 flags;
	u64 flags_out;
	u64 before[31];
	u64 after[31];
	u64 memory[STORM_STEPS];
};

static_assert(offsetof(struct frame, release) == FRAME_RELEASE);
static_assert(offsetof(struct frame, count) == FRAME_COUNT);
static_assert(offsetof(struct frame, flags) == FRAME_FLAGS);
static_assert(offsetof(struct frame, before) == FRAME_BEFORE);
static_assert(offsetof(struct frame, after) == FRAME_AFTER);
static_assert(offsetof(struct frame, flags_out) == FRAME_FLAGS_OUT);
static_assert(offsetof(struct frame, memory) == FRAME_MEMORY);

extern u64 kvm_sdei_test_let_go;

asmlinkage void kvm_sdei_test_wedge_run(struct frame *frame);
asmlinkage void kvm_sdei_test_wfi_run(struct frame *frame);
asmlinkage void kvm_sdei_test_spin_run(struct frame *frame);
asmlinkage void kvm_sdei_test_storm_run(struct frame *frame);

#endif /* __ASSEMBLER__ */

#endif

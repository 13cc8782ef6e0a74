/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/arm_sdei.h>

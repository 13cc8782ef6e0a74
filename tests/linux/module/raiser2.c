// SPDX-License-Identifier: GPL-2.0-only
/* Another one, to raise beside the first. */
#include "raiser.c"

// SPDX-License-Identifier: GPL-2.0-only
/* The parameters that say what an event does, at load time and in sysfs. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "guest.h"

static const struct {
	const char *name;
	unsigned int action;
} actions[] = {
	{ "log", ACTION_LOG },
	{ "backtrace", ACTION_BACKTRACE },
	{ "panic", ACTION_PANIC },
};

static int parse(char *list, unsigned int *result)
{
	char *word;
	int i;

	*result = 0;
	if (!strcmp(list, "none"))
		return 0;

	while ((word = strsep(&list, ","))) {
		for (i = 0; i < ARRAY_SIZE(actions); i++)
			if (!strcmp(word, actions[i].name))
				break;
		if (i == ARRAY_SIZE(actions))
			return -EINVAL;
		*result |= actions[i].action;
	}

	return 0;
}

static int actions_set(const char *value, const struct kernel_param *kp)
{
	struct event *event = kp->arg;
	unsigned int result;
	char *copy;
	int err;

	copy = kstrdup(value, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	err = parse(strim(copy), &result);
	kfree(copy);
	if (err) {
		pr_err("an event's actions are none, or log, backtrace and panic, separated by commas\n");
		return err;
	}
	WRITE_ONCE(event->actions, result);

	return 0;
}

static int actions_get(char *buffer, const struct kernel_param *kp)
{
	const struct event *event = kp->arg;
	unsigned int chosen = READ_ONCE(event->actions);
	int len = 0;
	int i;

	if (!chosen)
		return scnprintf(buffer, PAGE_SIZE, "none\n");

	for (i = 0; i < ARRAY_SIZE(actions); i++)
		if (chosen & actions[i].action)
			len += scnprintf(buffer + len, PAGE_SIZE - len, "%s%s",
					 len ? "," : "", actions[i].name);
	len += scnprintf(buffer + len, PAGE_SIZE - len, "\n");

	return len;
}

const struct kernel_param_ops kvm_sdei_guest_actions_ops = {
	.set = actions_set,
	.get = actions_get,
};

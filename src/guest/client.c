// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own SDEI client: finding its functions, which are not exported,
 * and starting it where the firmware tables do not mention SDEI.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/acpi.h>
#include <linux/arm-smccc.h>
#include <linux/arm_sdei.h>
#include <linux/cpu.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "guest.h"

#define KVM_SDEI_VENDOR	0x4b564d

static struct {
	typeof(sdei_event_register) *event_register;
	typeof(sdei_event_enable) *event_enable;
	typeof(sdei_event_disable) *event_disable;
	typeof(sdei_event_unregister) *event_unregister;
} client;

static int find_client(void)
{
	client.event_register = kvm_sdei_guest_find("sdei_event_register");
	client.event_enable = kvm_sdei_guest_find("sdei_event_enable");
	client.event_disable = kvm_sdei_guest_find("sdei_event_disable");
	client.event_unregister = kvm_sdei_guest_find("sdei_event_unregister");

	if (client.event_register && client.event_enable &&
	    client.event_disable && client.event_unregister)
		return 0;

	pr_err("this kernel has no SDEI client that can be found: boot one that has CONFIG_ARM_SDE_INTERFACE and CONFIG_KPROBES\n");

	return -ENOENT;
}

static int is_client_device(struct device *dev, void *data)
{
	const struct device_driver *driver = READ_ONCE(dev->driver);

	return driver && !strcmp(driver->name, "sdei");
}

static bool client_is_bound(void)
{
	return bus_for_each_dev(&platform_bus_type, NULL, NULL,
				is_client_device);
}

/**
 * kvm_sdei_guest_on_kvm_sdei() - whether it is kvm_sdei that offers SDEI
 *
 * What other firmware does not describe is not to be touched.
 *
 * Context: any.
 * Return: true if it is, false for other firmware and for none.
 */
bool kvm_sdei_guest_on_kvm_sdei(void)
{
	struct arm_smccc_res res;

	if (arm_smccc_1_1_invoke(SDEI_1_0_FN_SDEI_VERSION, &res) ==
	    SMCCC_CONDUIT_NONE)
		return false;

	return (long)res.a0 >= 0 && SDEI_VERSION_MAJOR(res.a0) == 1 &&
	       SDEI_VERSION_VENDOR(res.a0) == KVM_SDEI_VENDOR;
}

static const struct of_device_id psci_nodes[] = {
	{ .compatible = "arm,psci-1.0" },
	{ .compatible = "arm,psci-0.2" },
	{ .compatible = "arm,psci" },
	{ }
};

/*
 * The client asks its device's node for the conduit. That of PSCI has the same
 * property with the same meaning; under ACPI the client looks elsewhere and
 * needs no node.
 */
static int start_client(void)
{
	struct device_node *psci = of_find_matching_node(NULL, psci_nodes);
	struct platform_device_info info = {
		.name = "sdei",
		.id = PLATFORM_DEVID_NONE,
		.fwnode = of_fwnode_handle(psci),
		.of_node_reused = true,
	};
	struct platform_device *pdev;

	if (!psci && acpi_disabled) {
		pr_err("the device tree has no PSCI node that could tell how to call SDEI: add a node /firmware/sdei to it\n");
		return -ENODEV;
	}

	pdev = platform_device_register_full(&info);
	of_node_put(psci);
	if (IS_ERR(pdev)) {
		pr_err("cannot make a device for the kernel's SDEI client (%ld)\n",
		       PTR_ERR(pdev));
		return PTR_ERR(pdev);
	}

	/*
	 * A client that works stays: it has no way to stop, and its device
	 * needs nothing of this module.
	 */
	if (client_is_bound())
		return 0;

	platform_device_unregister(pdev);
	pr_err("the kernel's SDEI client does not start: see its lines in the kernel log, they begin with 'sdei: '\n");

	return -ENODEV;
}

static void explain(u32 event, int err)
{
	switch (err) {
	case -EBUSY:
		pr_warn("event 0x%x is in use in this kernel already and stays as it is\n",
			event);
		break;
	case -EINVAL:
		pr_warn("this machine has no event 0x%x\n", event);
		break;
	case -EIO:
	case -EOPNOTSUPP:
		pr_err("the kernel's SDEI client found no SDEI that works (%d): see its lines in the kernel log, they begin with 'sdei: '\n",
		       err);
		break;
	default:
		pr_err("event 0x%x cannot be registered and enabled (%d): see the lines in the kernel log that begin with 'sdei: '\n",
		       event, err);
	}
}

/**
 * kvm_sdei_guest_client_init() - have the kernel's client ready
 *
 * On failure one line in the kernel log says what is wrong and what to do.
 *
 * Return: 0, or a negative error number.
 */
int kvm_sdei_guest_client_init(void)
{
	int err;

	err = find_client();
	if (err || client_is_bound())
		return err;

	if (!kvm_sdei_guest_on_kvm_sdei()) {
		pr_err("this machine offers no SDEI: load kvm_sdei on its host first\n");
		return -ENODEV;
	}

	return start_client();
}

/*
 * The client unmasks a CPU when that comes up. If the host's module was loaded
 * again since then, the CPU is masked and nobody has told the client.
 */
static void unmask(void *unused)
{
	struct arm_smccc_res res;

	arm_smccc_1_1_invoke(SDEI_1_0_FN_SDEI_PE_UNMASK, &res);
}

/**
 * kvm_sdei_guest_unmask() - let all CPUs take events
 */
void kvm_sdei_guest_unmask(void)
{
	on_each_cpu(unmask, NULL, true);
}

/**
 * kvm_sdei_guest_register() - register and enable an event
 * @event: the event
 *
 * One line in the kernel log says that it is, or why it is not.
 *
 * Return: 0, or a negative error number.
 */
int kvm_sdei_guest_register(struct event *event)
{
	int err;

	err = client.event_register(event->number, kvm_sdei_guest_handle,
				    event);
	if (err) {
		explain(event->number, err);
		return err;
	}

	err = client.event_enable(event->number);
	if (err) {
		explain(event->number, err);
		kvm_sdei_guest_unregister(event);
		return err;
	}

	event->registered = true;
	pr_info("event 0x%x is enabled\n", event->number);

	return 0;
}

/**
 * kvm_sdei_guest_unregister() - disable and unregister an event
 * @event: the event
 *
 * When this returns no handler runs, and none will: the client has each CPU do it in
 * an interrupt, which no handler lets through. It waits for all CPUs, in vain if one
 * hangs. None comes or goes meanwhile: one that goes has unregistered it already, which
 * is an error, and the client then keeps the event until the next boot.
 *
 * Context: process, may sleep.
 */
void kvm_sdei_guest_unregister(struct event *event)
{
	u32 number = event->number;
	int err;

	cpu_hotplug_disable();
	err = client.event_disable(number);
	if (err)
		pr_warn("event 0x%x cannot be disabled (%d)\n", number, err);

	err = client.event_unregister(number);
	if (err)
		pr_warn("event 0x%x cannot be unregistered (%d)\n", number, err);
	cpu_hotplug_enable();

	/*
	 * If the client gave up before, a handler may run. Handlers are readers in the
	 * sense of RCU, as all NMIs are.
	 */
	synchronize_rcu();
	event->registered = false;
}

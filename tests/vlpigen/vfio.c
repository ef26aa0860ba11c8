// SPDX-License-Identifier: GPL-2.0
/*
 * The devices. Owns the container, the IOMMU groups, the device fds and the mapped BARs; the
 * eventfds are the caller's. No guest memory is mapped for DMA: an MSI needs only the IOMMU's
 * MSI window, which type1 sets up when the container gets its IOMMU and the host maps when the
 * MSI is enabled.
 *
 * edu (QEMU, docs/specs/edu.rst): a write of v to 0x60 ORs v into the status at 0x24 and
 * raises the interrupt if the status is not 0; a write to 0x64 clears bits of the status. So
 * every write to 0x60 fires, and nothing needs an acknowledgement but the teardown, which must
 * not leave INTx raised.
 */
#include "vfio.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "guest/shared.h"
#include "util.h"

#define EDU_RAISE	0x60
#define EDU_ACK		0x64
#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8

struct vfio_dev {
	const char *addr;		/* borrowed */
	int fd;
	int group;			/* index into groups */
	volatile uint8_t *bar;
	size_t bar_bytes;
};

struct vfio_group {
	int fd;
	int nr;				/* /dev/vfio/NR */
};

struct vfio {
	int container;
	uint32_t nr_groups;
	uint32_t nr_devs;
	struct vfio_group groups[VG_MAX_DEVS];
	struct vfio_dev devs[VG_MAX_DEVS];
};

static int sysfs_path(char path[PATH_MAX], const char *addr, const char *attr)
{
	snprintf(path, PATH_MAX, "/sys/bus/pci/devices/%s/%s", addr, attr);
	return 0;
}

static int driver_name(const char *addr, char name[NAME_MAX + 1])
{
	char path[PATH_MAX], link[PATH_MAX];
	ssize_t len;

	sysfs_path(path, addr, "driver");
	len = readlink(path, link, sizeof(link) - 1);
	if (len < 0)
		return -errno;
	link[len] = 0;
	snprintf(name, NAME_MAX + 1, "%.*s", NAME_MAX, strrchr(link, '/') + 1);
	return 0;
}

static int bind_vfio_pci(const char *addr)
{
	char path[PATH_MAX], name[NAME_MAX + 1];
	int err;

	sysfs_path(path, addr, "");
	if (access(path, F_OK))
		return log_err(-ENODEV, "cannot use %s", addr);
	if (!driver_name(addr, name)) {
		if (!strcmp(name, "vfio-pci"))
			return 0;
		sysfs_path(path, addr, "driver/unbind");
		err = file_write(path, addr);
		if (err)
			return log_err(err, "cannot unbind %s from %s", addr, name);
	}
	sysfs_path(path, addr, "driver_override");
	err = file_write(path, "vfio-pci");
	if (err)
		return log_err(err, "cannot set driver_override of %s", addr);
	err = file_write("/sys/bus/pci/drivers_probe", addr);
	if (err || driver_name(addr, name) || strcmp(name, "vfio-pci"))
		return log_err(err, "cannot bind %s to vfio-pci (is the module loaded?)", addr);
	return 0;
}

static int group_nr(const char *addr, int *ret_nr)
{
	char path[PATH_MAX], link[PATH_MAX];
	ssize_t len;

	sysfs_path(path, addr, "iommu_group");
	len = readlink(path, link, sizeof(link) - 1);
	if (len < 0)
		return log_err(-errno, "%s has no IOMMU group", addr);
	link[len] = 0;
	*ret_nr = atoi(strrchr(link, '/') + 1);
	return 0;
}

/* udev or devtmpfs may make the node a moment after the bind. */
static int open_group_node(int nr)
{
	const struct timespec tick = { .tv_nsec = 10 * NSEC_PER_MSEC };
	char path[PATH_MAX];
	int tries, fd, err = 0;

	snprintf(path, sizeof(path), "/dev/vfio/%d", nr);
	for (tries = 0; tries < 100; tries++) {
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			return fd;
		err = -errno;
		if (err != -ENOENT)
			break;
		nanosleep(&tick, NULL);
	}
	return log_err(err, "cannot open %s", path);
}

static int join_group(struct vfio *v, const char *addr, int *ret_group)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	struct vfio_group *g = &v->groups[v->nr_groups];
	uint32_t i;
	int nr, err;

	err = group_nr(addr, &nr);
	if (err)
		return err;
	for (i = 0; i < v->nr_groups; i++) {
		if (v->groups[i].nr == nr) {
			*ret_group = i;
			return 0;
		}
	}
	g->nr = nr;
	g->fd = open_group_node(nr);
	if (g->fd < 0)
		return g->fd;
	v->nr_groups++;		/* from here on vfio_free() closes it */
	if (ioctl(g->fd, VFIO_GROUP_GET_STATUS, &status))
		return log_err(-errno, "cannot read the status of VFIO group %d", nr);
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		return log_err(-EPROTO, "VFIO group %d of %s is not viable: another device of "
			       "the group has a driver", nr, addr);
	if (ioctl(g->fd, VFIO_GROUP_SET_CONTAINER, &v->container))
		return log_err(-errno, "cannot put VFIO group %d into a container", nr);
	if (v->nr_groups == 1 && ioctl(v->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return log_err(-errno, "cannot set the type1 IOMMU (is vfio_iommu_type1 loaded?)");
	*ret_group = v->nr_groups - 1;
	return 0;
}

static int config_access(const struct vfio_dev *d, bool write, uint32_t off, uint16_t *val)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info), .index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	ssize_t n;

	if (ioctl(d->fd, VFIO_DEVICE_GET_REGION_INFO, &info))
		return log_err(-errno, "cannot find the config space of %s", d->addr);
	if (write)
		n = pwrite(d->fd, val, sizeof(*val), info.offset + off);
	else
		n = pread(d->fd, val, sizeof(*val), info.offset + off);
	if (n != sizeof(*val))
		return log_err(n < 0 ? -errno : -EIO, "cannot access the config space of %s",
			       d->addr);
	return 0;
}

/* Is it an edu? Then let it decode its BAR and write MSIs. */
static int enable_device(const struct vfio_dev *d)
{
	uint16_t vendor, device, cmd;
	int err;

	err = config_access(d, false, PCI_VENDOR_ID, &vendor);
	if (!err)
		err = config_access(d, false, PCI_DEVICE_ID, &device);
	if (err)
		return err;
	if (vendor != EDU_VENDOR || device != EDU_DEVICE)
		return log_err(-EPROTO, "%s is %04x:%04x, not an edu device (%04x:%04x)", d->addr,
			       vendor, device, EDU_VENDOR, EDU_DEVICE);
	err = config_access(d, false, PCI_COMMAND, &cmd);
	if (err)
		return err;
	cmd |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	return config_access(d, true, PCI_COMMAND, &cmd);
}

static int map_bar(struct vfio_dev *d)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info), .index = VFIO_PCI_BAR0_REGION_INDEX,
	};
	void *p;

	if (ioctl(d->fd, VFIO_DEVICE_GET_REGION_INFO, &info))
		return log_err(-errno, "cannot find BAR 0 of %s", d->addr);
	p = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, d->fd, info.offset);
	if (p == MAP_FAILED)
		return log_err(-errno, "cannot map BAR 0 of %s", d->addr);
	d->bar = p;
	d->bar_bytes = info.size;
	return 0;
}

static void ack_all(const struct vfio_dev *d)
{
	*(volatile uint32_t *)(d->bar + EDU_ACK) = ~0U;
}

static int open_device(struct vfio *v, const char *addr)
{
	struct vfio_dev *d = &v->devs[v->nr_devs++];
	int err;

	d->addr = addr;
	d->fd = -1;
	err = bind_vfio_pci(addr);
	if (err)
		return err;
	err = join_group(v, addr, &d->group);
	if (err)
		return err;
	d->fd = ioctl(v->groups[d->group].fd, VFIO_GROUP_GET_DEVICE_FD, addr);
	if (d->fd < 0)
		return log_err(-errno, "cannot open %s through VFIO", addr);
	err = enable_device(d);
	if (err)
		return err;
	err = map_bar(d);
	if (err)
		return err;
	ack_all(d);
	return 0;
}

static void vfio_freep(struct vfio **v)
{
	vfio_free(*v);
}

int vfio_open(const char *const *addrs, uint32_t nr, struct vfio **ret_vfio)
{
	__attribute__((cleanup(vfio_freep))) struct vfio *v = NULL;
	uint32_t i;
	int err;

	v = calloc(1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	v->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (v->container < 0)
		return log_err(-errno, "cannot open /dev/vfio/vfio (is vfio loaded?)");
	for (i = 0; i < nr; i++) {
		err = open_device(v, addrs[i]);
		if (err)
			return err;
	}
	*ret_vfio = TAKE_PTR(v);
	return 0;
}

void vfio_free(struct vfio *v)
{
	uint32_t i;

	if (!v)
		return;
	for (i = 0; i < v->nr_devs; i++) {
		if (v->devs[i].bar) {
			ack_all(&v->devs[i]);
			munmap((void *)v->devs[i].bar, v->devs[i].bar_bytes);
		}
		fd_close(&v->devs[i].fd);
	}
	for (i = 0; i < v->nr_groups; i++)
		fd_close(&v->groups[i].fd);
	fd_close(&v->container);
	free(v);
}

int vfio_msi_enable(const struct vfio *v, uint32_t dev, int event_fd)
{
	char buf[sizeof(struct vfio_irq_set) + sizeof(int32_t)] __attribute__((aligned(8)));
	struct vfio_irq_set *set = (struct vfio_irq_set *)buf;
	int32_t fd = event_fd;

	*set = (struct vfio_irq_set){
		.argsz = sizeof(buf), .index = VFIO_PCI_MSI_IRQ_INDEX, .count = 1,
		.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
	};
	memcpy(buf + sizeof(*set), &fd, sizeof(fd));
	if (ioctl(v->devs[dev].fd, VFIO_DEVICE_SET_IRQS, set))
		return log_err(-errno, "cannot enable the MSI of %s", v->devs[dev].addr);
	return 0;
}

int vfio_msi_disable(const struct vfio *v, uint32_t dev)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set), .index = VFIO_PCI_MSI_IRQ_INDEX, .count = 0,
		.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
	};

	ack_all(&v->devs[dev]);
	if (ioctl(v->devs[dev].fd, VFIO_DEVICE_SET_IRQS, &set))
		return log_err(-errno, "cannot disable the MSI of %s", v->devs[dev].addr);
	return 0;
}

void vfio_fire(const struct vfio *v, uint32_t dev)
{
	*(volatile uint32_t *)(v->devs[dev].bar + EDU_RAISE) = 1;
}

int vfio_host_irq(const struct vfio *v, uint32_t dev, uint32_t *ret_host_irq)
{
	char path[PATH_MAX];
	struct dirent *e;
	uint32_t nr = 0;
	DIR *dir;

	sysfs_path(path, v->devs[dev].addr, "msi_irqs");
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((e = readdir(dir)))
		if (isdigit((unsigned char)e->d_name[0]))
			nr = strtoul(e->d_name, NULL, 10);
	closedir(dir);
	if (!nr)
		return -ENOENT;
	*ret_host_irq = nr;
	return 0;
}

int vfio_host_count(uint32_t host_irq, uint64_t *ret_count)
{
	auto_free char *line = NULL;
	size_t size = 0;
	uint64_t sum = 0;
	char *p, *end;
	FILE *f;
	int err = -ENOENT;

	f = fopen("/proc/interrupts", "re");
	if (!f)
		return -errno;
	while (err && getline(&line, &size, f) > 0) {
		if (strtoul(line, &p, 10) != host_irq || *p++ != ':')
			continue;
		for (;;) {	/* a number a CPU, until the chip's name */
			unsigned long long v = strtoull(p, &end, 10);

			if (end == p)
				break;
			sum += v;
			p = end;
		}
		err = 0;
	}
	fclose(f);
	if (!err)
		*ret_count = sum;
	return err;
}

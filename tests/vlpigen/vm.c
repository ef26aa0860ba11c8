// SPDX-License-Identifier: GPL-2.0
/*
 * The virtual machine. Owns the KVM fds, the guest's RAM and the vCPU threads; all of it ends
 * in vm_free(). Made in the order KVM wants: VM, RAM, vCPUs, vGIC and vITS, registers, then
 * the threads. All vCPUs start runnable at the image's entry with x0 = index (no PSCI).
 *
 * The counter offset is measured while no vCPU runs. Where KVM can (6.4 and later) it is set to
 * 0, which makes it exact; the measurement then only confirms it.
 */
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "opts.h"
#include "util.h"

/* linux/kvm.h of 6.4 and later */
#define CAP_COUNTER_OFFSET	227
struct counter_offset {
	uint64_t counter_offset;
	uint64_t reserved;
};

#define ARM_SET_COUNTER_OFFSET	_IOW(KVMIO, 0xb5, struct counter_offset)

#define KICK_SIGNAL		SIGRTMIN
#define READY_NS		(30 * NSEC_PER_SEC)
#define OFFSET_TRIES		1000
#define PSTATE_EL1H_DAIF	0x3c5

extern const char vlpigen_guest_start[], vlpigen_guest_end[];

struct vcpu {
	struct vm *vm;
	uint32_t index;
	int fd;
	struct kvm_run *run;
	pthread_t thread;
	bool started;
	uint32_t tid;			/* 0 until the thread has set it */
	bool leave;			/* another thread shall run it */
	int fail;			/* KVM_EXIT_* + 1, or -errno of KVM_RUN */
	uint64_t fail_addr;		/* of KVM_EXIT_MMIO */
	uint32_t log_seq;
};

struct vm {
	int kvm_fd;
	int vm_fd;
	int gic_fd;
	int its_fd;
	size_t run_bytes;
	uint8_t *ram;
	uint32_t nr_vcpus;
	bool stop;
	bool told;			/* vm_check() has spoken */
	int64_t offset_lo;
	int64_t offset_hi;
	struct vcpu vcpus[VG_MAX_VCPUS];
};

static void vm_freep(struct vm **vm)
{
	vm_free(*vm);
}

struct vg_shared *vm_shared(const struct vm *vm)
{
	return (struct vg_shared *)(vm->ram + (VG_SHARED - VG_RAM));
}

int vm_ioctl_fd(const struct vm *vm)
{
	return vm->vm_fd;
}

uint32_t vm_vcpu_tid(const struct vm *vm, uint32_t vcpu)
{
	return vm->vcpus[vcpu].tid;
}

void vm_counter_offset(const struct vm *vm, int64_t *ret_lo, int64_t *ret_hi)
{
	*ret_lo = vm->offset_lo;
	*ret_hi = vm->offset_hi;
}

static int create_ram(struct vm *vm, const struct opts *o, const struct vg_dev *devs)
{
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = VG_RAM, .memory_size = VG_RAM_BYTES,
	};
	struct vg_shared *s;
	void *p;

	p = mmap(NULL, VG_RAM_BYTES, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return log_err(-errno, "cannot map %u MiB for the guest", VG_RAM_BYTES >> 20);
	vm->ram = p;
	memcpy(vm->ram, vlpigen_guest_start, vlpigen_guest_end - vlpigen_guest_start);

	s = vm_shared(vm);
	s->nr_vcpus = o->nr_vcpus;
	s->nr_devs = o->nr_devs;
	s->idle = o->idle;
	memcpy(s->devs, devs, o->nr_devs * sizeof(*devs));
	s->magic = VG_MAGIC;

	region.userspace_addr = (uintptr_t)vm->ram;
	if (ioctl(vm->vm_fd, KVM_SET_USER_MEMORY_REGION, &region))
		return log_err(-errno, "cannot give the guest its RAM");
	return 0;
}

static int set_core_reg(const struct vcpu *v, uint64_t reg, uint64_t val)
{
	struct kvm_one_reg one = {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | reg,
		.addr = (uintptr_t)&val,
	};

	if (ioctl(v->fd, KVM_SET_ONE_REG, &one))
		return log_err(-errno, "cannot set a register of vCPU %u", v->index);
	return 0;
}

static int create_vcpu(struct vm *vm, uint32_t index, const struct kvm_vcpu_init *init)
{
	struct vcpu *v = &vm->vcpus[index];
	void *p;
	int err;

	v->vm = vm;
	v->index = index;
	v->fd = ioctl(vm->vm_fd, KVM_CREATE_VCPU, index);
	if (v->fd < 0)
		return log_err(-errno, "cannot create vCPU %u", index);
	vm->nr_vcpus++;
	p = mmap(NULL, vm->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	if (p == MAP_FAILED)
		return log_err(-errno, "cannot map the run area of vCPU %u", index);
	v->run = p;
	if (ioctl(v->fd, KVM_ARM_VCPU_INIT, init))
		return log_err(-errno, "cannot initialise vCPU %u", index);
	err = set_core_reg(v, KVM_REG_ARM_CORE_REG(regs.pc), VG_RAM);
	if (!err)
		err = set_core_reg(v, KVM_REG_ARM_CORE_REG(regs.regs[0]), index);
	if (!err)
		err = set_core_reg(v, KVM_REG_ARM_CORE_REG(regs.pstate), PSTATE_EL1H_DAIF);
	return err;
}

static int dev_set(int fd, uint32_t group, uint64_t attr, const void *val, const char *what)
{
	struct kvm_device_attr a = { .group = group, .attr = attr, .addr = (uintptr_t)val };

	if (ioctl(fd, KVM_SET_DEVICE_ATTR, &a))
		return log_err(-errno, "cannot %s", what);
	return 0;
}

static int dev_create(const struct vm *vm, uint32_t type, const char *what, int *ret_fd)
{
	struct kvm_create_device dev = { .type = type };

	if (ioctl(vm->vm_fd, KVM_CREATE_DEVICE, &dev))
		return log_err(-errno, "cannot create the %s", what);
	*ret_fd = dev.fd;
	return 0;
}

static int create_gic(struct vm *vm)
{
	const uint64_t dist = VG_GICD, redist = VG_GICR, its = VG_ITS;
	const uint32_t nr_irqs = VG_NR_IRQS;
	int err;

	err = dev_create(vm, KVM_DEV_TYPE_ARM_VGIC_V3, "vGICv3", &vm->gic_fd);
	if (!err)
		err = dev_set(vm->gic_fd, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &nr_irqs,
			      "set the vGIC's number of interrupts");
	if (!err)
		err = dev_set(vm->gic_fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST,
			      &dist, "place the vGIC's distributor");
	if (!err)
		err = dev_set(vm->gic_fd, KVM_DEV_ARM_VGIC_GRP_ADDR,
			      KVM_VGIC_V3_ADDR_TYPE_REDIST, &redist,
			      "place the vGIC's redistributors");
	if (!err)
		err = dev_set(vm->gic_fd, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT,
			      NULL, "initialise the vGIC");
	if (!err)
		err = dev_create(vm, KVM_DEV_TYPE_ARM_VGIC_ITS, "vITS", &vm->its_fd);
	if (!err)
		err = dev_set(vm->its_fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE,
			      &its, "place the vITS");
	if (!err)
		err = dev_set(vm->its_fd, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT,
			      NULL, "initialise the vITS");
	return err;
}

/* The guest's counter, read between two reads of the host's: each try bounds the offset. */
static int measure_offset(struct vm *vm)
{
	struct counter_offset zero = { 0 };
	uint64_t guest = 0, before, after;
	struct kvm_one_reg one = {
		.id = KVM_REG_ARM_TIMER_CNT, .addr = (uintptr_t)&guest,
	};
	bool exact = ioctl(vm->vm_fd, KVM_CHECK_EXTENSION, CAP_COUNTER_OFFSET) > 0;
	int64_t lo = INT64_MIN, hi = INT64_MAX;
	int i;

	if (exact && ioctl(vm->vm_fd, ARM_SET_COUNTER_OFFSET, &zero))
		return log_err(-errno, "cannot set the guest's counter offset to 0");
	for (i = 0; i < OFFSET_TRIES; i++) {
		before = counter_read();
		if (ioctl(vm->vcpus[0].fd, KVM_GET_ONE_REG, &one))
			return log_err(-errno, "cannot read the guest's counter");
		after = counter_read();
		if ((int64_t)(before - guest) > lo)
			lo = before - guest;
		if ((int64_t)(after - guest) < hi)
			hi = after - guest;
	}
	if (lo > hi || (exact && (lo > 0 || hi < 0)))
		return log_err(-EPROTO, "the guest's counter contradicts itself: offset within "
			       "[%lld, %lld]", (long long)lo, (long long)hi);
	vm->offset_lo = exact ? 0 : lo;
	vm->offset_hi = exact ? 0 : hi;
	return 0;
}

static int open_kvm(struct vm *vm)
{
	int version, bytes;

	vm->kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm_fd < 0)
		return log_err(-errno, "cannot open /dev/kvm");
	version = ioctl(vm->kvm_fd, KVM_GET_API_VERSION, 0);
	if (version != KVM_API_VERSION)
		return log_err(-EPROTO, "KVM API version is %d, not %d", version, KVM_API_VERSION);
	bytes = ioctl(vm->kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (bytes < 0)
		return log_err(-errno, "cannot ask KVM for the size of its run area");
	vm->run_bytes = bytes;
	vm->vm_fd = ioctl(vm->kvm_fd, KVM_CREATE_VM, 0);
	if (vm->vm_fd < 0)
		return log_err(-errno, "cannot create a VM");
	return 0;
}

int vm_create(const struct opts *o, const struct vg_dev *devs, struct vm **ret_vm)
{
	__attribute__((cleanup(vm_freep))) struct vm *vm = NULL;
	struct kvm_vcpu_init init = { 0 };
	uint32_t i;
	int err;

	vm = calloc(1, sizeof(*vm));
	if (!vm)
		return -ENOMEM;
	vm->kvm_fd = vm->vm_fd = vm->gic_fd = vm->its_fd = -1;
	err = open_kvm(vm);
	if (err)
		return err;
	err = create_ram(vm, o, devs);
	if (err)
		return err;
	if (ioctl(vm->vm_fd, KVM_ARM_PREFERRED_TARGET, &init))
		return log_err(-errno, "cannot ask KVM for its vCPU type");
	init.features[0] |= 1U << KVM_ARM_VCPU_PSCI_0_2;
	for (i = 0; i < o->nr_vcpus; i++) {
		err = create_vcpu(vm, i, &init);
		if (err)
			return err;
	}
	err = create_gic(vm);
	if (err)
		return err;
	err = measure_offset(vm);
	if (err)
		return err;
	*ret_vm = TAKE_PTR(vm);
	return 0;
}

static void on_kick(int sig)
{
	(void)sig;	/* its only use is to make KVM_RUN return */
}

static void *vcpu_main(void *arg)
{
	struct vcpu *v = arg;
	char name[16];

	snprintf(name, sizeof(name), "CPU %u/KVM", v->index);
	prctl(PR_SET_NAME, name);
	__atomic_store_n(&v->tid, gettid(), __ATOMIC_RELEASE);

	while (!__atomic_load_n(&v->vm->stop, __ATOMIC_ACQUIRE) &&
	       !__atomic_load_n(&v->leave, __ATOMIC_ACQUIRE)) {
		if (!ioctl(v->fd, KVM_RUN, 0)) {
			v->fail_addr = v->run->mmio.phys_addr;
			__atomic_store_n(&v->fail, v->run->exit_reason + 1, __ATOMIC_RELEASE);
			break;
		}
		if (errno != EINTR && errno != EAGAIN) {
			__atomic_store_n(&v->fail, -errno, __ATOMIC_RELEASE);
			break;
		}
	}
	return NULL;
}

int vm_start(struct vm *vm)
{
	const struct timespec tick = { .tv_nsec = NSEC_PER_MSEC };
	struct sigaction kick = { .sa_handler = on_kick };
	uint64_t end_ns = mono_ns() + READY_NS;
	struct vcpu *v;
	uint32_t i;
	int err;

	sigaction(KICK_SIGNAL, &kick, NULL);
	for (i = 0; i < vm->nr_vcpus; i++) {
		v = &vm->vcpus[i];
		err = -pthread_create(&v->thread, NULL, vcpu_main, v);
		if (err)
			return log_err(err, "cannot start the thread of vCPU %u", i);
		v->started = true;
	}
	while (!__atomic_load_n(&vm_shared(vm)->ready, __ATOMIC_ACQUIRE)) {
		err = vm_check(vm);
		if (err)
			return err;
		if (mono_ns() > end_ns)
			return log_err(-ETIMEDOUT, "the guest has not become ready");
		nanosleep(&tick, NULL);
	}
	for (i = 0; i < vm->nr_vcpus; i++)	/* long set: the vCPUs are online */
		while (!__atomic_load_n(&vm->vcpus[i].tid, __ATOMIC_ACQUIRE))
			nanosleep(&tick, NULL);
	return 0;
}

int vm_rethread(struct vm *vm)
{
	struct vcpu *v;
	uint32_t i;
	int err;

	for (i = 0; i < vm->nr_vcpus; i++) {
		v = &vm->vcpus[i];
		__atomic_store_n(&v->leave, true, __ATOMIC_RELEASE);
		/* stays set, so a kick before KVM_RUN is not lost */
		__atomic_store_n(&v->run->immediate_exit, 1, __ATOMIC_RELEASE);
		pthread_kill(v->thread, KICK_SIGNAL);
		pthread_join(v->thread, NULL);
		v->started = false;
		v->leave = false;
		v->run->immediate_exit = 0;
		err = -pthread_create(&v->thread, NULL, vcpu_main, v);
		if (err)
			return log_err(err, "cannot start another thread of vCPU %u", i);
		v->started = true;
	}
	return 0;
}

static int tell_guest_failure(const struct vm *vm)
{
	const struct vg_shared *s = vm_shared(vm);
	uint64_t off = s->fail_what - VG_RAM;
	const char *what = off < VG_SHARED - VG_RAM ? (const char *)vm->ram + off : "?";

	return log_err(-EPROTO, "guest failed on vCPU %llu: %s (esr 0x%llx elr 0x%llx far 0x%llx)",
		       (unsigned long long)s->fail_vcpu, what, (unsigned long long)s->fail_esr,
		       (unsigned long long)s->fail_elr, (unsigned long long)s->fail_far);
}

int vm_check(struct vm *vm)
{
	struct vcpu *v;
	uint32_t i;
	int fail;

	if (__atomic_load_n(&vm_shared(vm)->failed, __ATOMIC_ACQUIRE)) {
		if (!vm->told)
			tell_guest_failure(vm);
		vm->told = true;
		return -EPROTO;
	}
	for (i = 0; i < vm->nr_vcpus; i++) {
		v = &vm->vcpus[i];
		fail = __atomic_load_n(&v->fail, __ATOMIC_ACQUIRE);
		if (!fail)
			continue;
		if (!vm->told && fail < 0)
			log_err(fail, "vCPU %u cannot run", i);
		else if (!vm->told)
			log_err(-EPROTO, "vCPU %u stopped: KVM exit %d, address 0x%llx", i,
				fail - 1, (unsigned long long)v->fail_addr);
		vm->told = true;
		return -EPROTO;
	}
	return 0;
}

static void stop_vcpus(struct vm *vm)
{
	struct vcpu *v;
	uint32_t i;

	__atomic_store_n(&vm->stop, true, __ATOMIC_RELEASE);
	for (i = 0; i < vm->nr_vcpus; i++) {
		v = &vm->vcpus[i];
		if (!v->started)
			continue;
		/* stays set, so a kick before KVM_RUN is not lost */
		__atomic_store_n(&v->run->immediate_exit, 1, __ATOMIC_RELEASE);
		pthread_kill(v->thread, KICK_SIGNAL);
	}
	for (i = 0; i < vm->nr_vcpus; i++)
		if (vm->vcpus[i].started)
			pthread_join(vm->vcpus[i].thread, NULL);
}

void vm_free(struct vm *vm)
{
	uint32_t i;

	if (!vm)
		return;
	stop_vcpus(vm);
	for (i = 0; i < vm->nr_vcpus; i++) {
		if (vm->vcpus[i].run)
			munmap(vm->vcpus[i].run, vm->run_bytes);
		fd_close(&vm->vcpus[i].fd);
	}
	fd_close(&vm->its_fd);
	fd_close(&vm->gic_fd);
	fd_close(&vm->vm_fd);
	fd_close(&vm->kvm_fd);
	if (vm->ram)
		munmap(vm->ram, VG_RAM_BYTES);
	free(vm);
}

int vm_log_take(struct vm *vm, uint32_t vcpu, struct vg_log *ret_entry)
{
	struct vg_vcpu *s = &vm_shared(vm)->vcpus[vcpu];
	const struct vg_log *ring = (const struct vg_log *)
		(vm->ram + (VG_LOGS - VG_RAM) + (size_t)vcpu * VG_LOG_BYTES);
	struct vcpu *v = &vm->vcpus[vcpu];
	uint32_t tail = s->log_tail;

	if (tail == __atomic_load_n(&s->log_head, __ATOMIC_ACQUIRE))
		return 0;
	*ret_entry = ring[tail % VG_LOG_SLOTS];
	__atomic_store_n(&s->log_tail, tail + 1, __ATOMIC_RELEASE);
	if (ret_entry->seq != v->log_seq)
		return log_err(-EPROTO, "log entries of vCPU %u are lost: %u follows %u", vcpu,
			       ret_entry->seq, v->log_seq - 1);
	v->log_seq++;
	return 1;
}

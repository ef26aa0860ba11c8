// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the sockets of agents; see guests.h. Agents may be hostile, so everything has
 * a bound: guests, accepts and bytes a call, length of a line, memory over all guests,
 * lines of log. A guest that breaks one is shut out for a while; others notice nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <linux/vm_sockets.h>

#include "guests.h"
#include "log.h"
#include "util.h"

#define NS_PER_S	1000000000ULL
#define MAX_GUESTS	1024U
#define MAX_ACCEPTS	1024		/* a way in, a call; and who may wait for it */
#define MAX_BYTES	(1U << 20)	/* a guest, a call */
#define MAX_ALL_CELLS	(8U << 20)	/* of 16 bytes, over all guests; a row is 8 */
#define SHUT_OUT_NS	(10 * NS_PER_S)
#define COMPLAIN_NS	(60 * NS_PER_S)
#define RECONNECT_NS	NS_PER_S
#define FDS_KEPT	64
#define STRAY_NS	(10 * NS_PER_S)
#define CHUNK		65536

struct guest_in {
	struct guest_addr addr;
	int fd;				/* -1: a connection that we make, not made */
	bool made;			/* the socket's name is ours to remove */
	uint64_t retry_ns;
	uint32_t number;		/* of the guest that we connected to last */
};

static const char *who(const struct guest *guest, char *buf, size_t size)
{
	if (guest->by == GUEST_BY_NAME)
		snprintf(buf, size, "VM %s", guest->vm);
	else if (guest->by == GUEST_BY_PID)
		snprintf(buf, size, "the VM of process %u", guest->number);
	else
		snprintf(buf, size, "the guest with CID %u", guest->number);
	return buf;
}

static void hang_up(struct guest *guest)
{
	util_closep(&guest->fd);
	guest->fd = -1;
	guest->part_len = 0;
}

/* One line a minute and guest, whatever it does. */
static void shut_out(struct guest *guest, uint64_t now_ns, const char *why)
{
	char name[96];

	hang_up(guest);
	guest->lost = true;
	guest->until_ns = now_ns + SHUT_OUT_NS;
	if (guest->told_ns && now_ns - guest->told_ns < COMPLAIN_NS)
		return;
	/* any process may connect to a unix socket: only a VMM is worth a line */
	if (guest->by == GUEST_BY_PID && !guest->kvm)
		return;
	guest->told_ns = now_ns;
	log_say(0, "the agent of %s sent %s: it is shut out for %llu s; without it what its guest "
		"takes is n/a", who(guest, name, sizeof(name)), why, SHUT_OUT_NS / NS_PER_S);
}

/* Who speaks for no VM gives way to who may. */
static bool make_room(struct guests *g)
{
	uint32_t i, oldest = g->nr;

	for (i = 0; i < g->nr; i++) {
		if (!g->list[i]->kvm &&
		    (oldest == g->nr || g->list[i]->since_ns < g->list[oldest]->since_ns))
			oldest = i;
	}
	if (oldest == g->nr)
		return false;
	guests_forget(g, oldest);
	return true;
}

static struct guest *find_guest(struct guests *g, enum guest_id by, uint32_t number,
				const char *vm)
{
	struct guest **list = NULL, *guest;
	uint32_t i;

	for (i = 0; i < g->nr; i++) {
		guest = g->list[i];
		if (guest->by == by && (by == GUEST_BY_NAME ? !strcmp(guest->vm, vm) :
							      guest->number == number))
			return guest;
	}
	if (g->nr == MAX_GUESTS && !make_room(g))
		return NULL;
	guest = calloc(1, sizeof(*guest));
	if (guest)
		list = reallocarray(g->list, g->nr + 1, sizeof(struct guest *));
	if (!list) {
		free(guest);
		return NULL;
	}
	g->list = list;
	*guest = (struct guest){ .by = by, .number = number, .vm = vm, .fd = -1 };
	list[g->nr++] = guest;
	return guest;
}

/* Whose connection @fd is. NULL: nobody's, or there are too many. */
static struct guest *identify(struct guests *g, const struct guest_in *in, int fd)
{
	struct sockaddr_vm vm = { 0 };
	struct ucred peer;
	socklen_t len;

	if (in->addr.vm)
		return find_guest(g, GUEST_BY_NAME, 0, in->addr.vm);
	if (in->addr.way == GUEST_VSOCK) {
		len = sizeof(vm);
		if (getpeername(fd, (struct sockaddr *)&vm, &len))
			return NULL;
		return find_guest(g, GUEST_BY_CID, vm.svm_cid, NULL);
	}
	len = sizeof(peer);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) || peer.pid <= 0)
		return NULL;
	return find_guest(g, GUEST_BY_PID, (uint32_t)peer.pid, NULL);
}

/* The newest connection of a guest is its agent's; takes @fd over. */
static void welcome(struct guests *g, const struct guest_in *in, int fd, uint64_t now_ns)
{
	struct guest *guest = identify(g, in, fd);

	if (!guest || (guest->lost && now_ns < guest->until_ns)) {
		close(fd);
		return;
	}
	hang_up(guest);
	guest->lost = false;
	guest->fd = fd;
	guest->since_ns = now_ns;
	guest_connect(&guest->counts);
}

static void accept_from(struct guests *g, struct guest_in *in, uint64_t now_ns)
{
	long limit = sysconf(_SC_OPEN_MAX);
	int i, fd;

	for (i = 0; i < MAX_ACCEPTS; i++) {
		fd = accept4(in->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		/* the last descriptors are for what counting itself needs */
		if (fd + FDS_KEPT >= limit)
			close(fd);
		else
			welcome(g, in, fd, now_ns);
	}
}

/* The VMM serves one at a time: another connection would wait, or take its place. */
static bool is_connected(const struct guests *g, const struct guest_in *in)
{
	const struct guest *guest;
	uint32_t i;

	for (i = 0; i < g->nr; i++) {
		guest = g->list[i];
		if (guest->fd >= 0 && (in->addr.vm ? guest->vm == in->addr.vm :
				       guest->by == GUEST_BY_PID && guest->number == in->number))
			return true;
	}
	return false;
}

/* A VMM that listens itself; it may come later, or again. */
static void connect_to(struct guests *g, struct guest_in *in, uint64_t now_ns)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	auto_close int fd = -1;
	struct guest *guest;

	if (now_ns < in->retry_ns || is_connected(g, in))
		return;
	in->retry_ns = now_ns + RECONNECT_NS;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", in->addr.path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return;
	guest = identify(g, in, fd);
	if (!guest || guest->fd >= 0)
		return;
	in->number = guest->number;
	welcome(g, in, TAKE_FD(fd), now_ns);
}

static uint64_t all_cells(const struct guests *g)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < g->nr; i++)
		sum += g->list[i]->counts.nr_cells + 8 * g->list[i]->counts.nr_rows;
	return sum;
}

/* Lines of @buf, the first one behind what is kept of the time before. */
static int take_lines(struct guest *guest, const char *buf, size_t len, char *why, size_t size)
{
	const char *end, *stop = buf + len;
	size_t part;
	int err;

	while (buf < stop) {
		end = memchr(buf, '\n', (size_t)(stop - buf));
		part = (size_t)((end ? end : stop) - buf);
		if (guest->part_len + part > GUEST_LINE_MAX)
			return guest_line(&guest->counts, buf, GUEST_LINE_MAX + 1, why, size);
		memcpy(guest->part + guest->part_len, buf, part);
		guest->part_len += part;
		if (!end)
			return 0;
		err = guest_line(&guest->counts, guest->part, guest->part_len, why, size);
		if (err)
			return err;
		guest->part_len = 0;
		buf = end + 1;
	}
	return 0;
}

static void read_guest(struct guests *g, struct guest *guest, uint64_t now_ns)
{
	static char buf[CHUNK];
	uint64_t reports = guest->counts.reports;
	uint32_t cells = guest->counts.nr_cells;
	char why[96];
	size_t done;
	ssize_t n;

	for (done = 0; done < MAX_BYTES; done += (size_t)n) {
		n = read(guest->fd, buf, sizeof(buf));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0) {
			hang_up(guest);
			break;
		}
		if (take_lines(guest, buf, (size_t)n, why, sizeof(why))) {
			shut_out(guest, now_ns, why);
			break;
		}
		/* who did not grow is not to blame */
		if (guest->counts.nr_cells > cells && all_cells(g) > MAX_ALL_CELLS) {
			guest_clear(&guest->counts);
			shut_out(guest, now_ns, "more counts than are kept for all guests");
			break;
		}
	}
	if (guest->counts.reports != reports)
		guest->heard_ns = now_ns;
}

void guests_pump(struct guests *g, uint64_t now_ns)
{
	uint32_t i;

	for (i = 0; i < g->nr_ins; i++) {
		if (g->ins[i].addr.way == GUEST_UNIX_CONNECT)
			connect_to(g, &g->ins[i], now_ns);
		else
			accept_from(g, &g->ins[i], now_ns);
	}
	for (i = 0; i < g->nr; i++) {
		if (g->list[i]->fd >= 0)
			read_guest(g, g->list[i], now_ns);
	}
}

bool guests_is_stray(const struct guest *guest, uint64_t now_ns)
{
	if (guest->fd >= 0)
		return now_ns > guest->since_ns + STRAY_NS;
	/* as long as it is remembered, it is not complained of again */
	return !guest->told_ns || now_ns > guest->told_ns + COMPLAIN_NS;
}

void guests_forget(struct guests *g, uint32_t i)
{
	hang_up(g->list[i]);
	guest_clear(&g->list[i]->counts);
	free(g->list[i]->figures);
	free(g->list[i]);
	g->list[i] = g->list[--g->nr];
}

/* A socket's name that nobody listens behind any more was left by one who was killed. */
static bool is_left_over(const struct sockaddr_un *addr)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	return !lstat(addr->sun_path, &st) && S_ISSOCK(st.st_mode) && fd >= 0 &&
	       connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) && errno == ECONNREFUSED;
}

static int bind_unix(struct guest_in *in)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int err;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", in->addr.path);
	if (is_left_over(&addr))
		unlink(addr.sun_path);
	if (bind(in->fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	in->made = true;
	/* whose a connection is, its pid tells; a name given to it, only who may connect */
	err = chmod(addr.sun_path, in->addr.vm ? 0600 : 0666);
	return err ? -errno : 0;
}

static int bind_vsock(struct guest_in *in)
{
	struct sockaddr_vm addr = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY,
				    .svm_port = in->addr.port };

	return bind(in->fd, (struct sockaddr *)&addr, sizeof(addr)) ? -errno : 0;
}

/* Numbers only: a name would have to be looked up, by somebody else's rules. */
static int bind_tcp(struct guest_in *in)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)in->addr.port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons((uint16_t)in->addr.port) };
	int on = 1;

	setsockopt(in->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (inet_pton(AF_INET, in->addr.path, &v4.sin_addr) == 1)
		return bind(in->fd, (struct sockaddr *)&v4, sizeof(v4)) ? -errno : 0;
	if (inet_pton(AF_INET6, in->addr.path, &v6.sin6_addr) == 1)
		return bind(in->fd, (struct sockaddr *)&v6, sizeof(v6)) ? -errno : 0;
	return -EINVAL;
}

static int family_of(const struct guest_addr *addr)
{
	if (addr->way == GUEST_VSOCK)
		return AF_VSOCK;
	if (addr->way == GUEST_TCP)
		return strchr(addr->path, ':') ? AF_INET6 : AF_INET;
	return AF_UNIX;
}

static int listen_at(struct guest_in *in)
{
	int err;

	in->fd = socket(family_of(&in->addr), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (in->fd < 0)
		return -errno;
	if (in->addr.way == GUEST_UNIX)
		err = bind_unix(in);
	else if (in->addr.way == GUEST_VSOCK)
		err = bind_vsock(in);
	else
		err = bind_tcp(in);
	if (!err && listen(in->fd, MAX_ACCEPTS))
		err = -errno;
	return err;
}

static void describe(const struct guest_addr *addr, char *buf, size_t size)
{
	if (addr->way == GUEST_VSOCK)
		snprintf(buf, size, "vsock port %u", addr->port);
	else if (addr->way == GUEST_TCP)
		snprintf(buf, size, "TCP %s port %u", addr->path, addr->port);
	else
		snprintf(buf, size, "unix socket %s", addr->path);
}

static void close_in(struct guest_in *in)
{
	if (in->fd >= 0)
		close(in->fd);
	if (in->made)
		unlink(in->addr.path);
	guest_addr_clear(&in->addr);
}

/* What to do where it cannot be listened at. */
static const char *advice(const struct guest_addr *addr, int err)
{
	if (err == -EADDRINUSE)
		return ": somebody listens there already; choose another";
	if (addr->way == GUEST_VSOCK && (err == -EAFNOSUPPORT || err == -ENODEV))
		return ": this host has no vsock; modprobe vhost_vsock";
	if (addr->way == GUEST_TCP && err == -EINVAL)
		return ": the address must be a number";
	return "";
}

int guests_open(struct guests *g, const struct guest_addr *addr)
{
	struct guest_in *ins = reallocarray(g->ins, g->nr_ins + 1, sizeof(*ins)), *in;
	char where[128];
	int err = 0;

	if (!ins)
		return log_err(-ENOMEM, "cannot listen to guests' agents");
	g->ins = ins;
	in = &ins[g->nr_ins];
	*in = (struct guest_in){ .addr = { .way = addr->way, .port = addr->port }, .fd = -1 };
	in->addr.vm = addr->vm ? strdup(addr->vm) : NULL;
	in->addr.path = addr->path ? strdup(addr->path) : NULL;
	if ((addr->vm && !in->addr.vm) || (addr->path && !in->addr.path))
		err = -ENOMEM;
	if (!err && addr->way != GUEST_UNIX_CONNECT)
		err = listen_at(in);
	if (!err) {
		g->nr_ins++;
		return 0;
	}
	describe(addr, where, sizeof(where));
	log_say(err, "cannot listen to guests' agents at %s: %s%s", where, strerror(-err),
		advice(addr, err));
	close_in(in);
	return err;
}

void guests_free(struct guests *g)
{
	while (g->nr)
		guests_forget(g, g->nr - 1);
	free(g->list);
	while (g->nr_ins)
		close_in(&g->ins[--g->nr_ins]);
	free(g->ins);
	*g = (struct guests){ 0 };
}

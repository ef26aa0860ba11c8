// SPDX-License-Identifier: GPL-2.0
/* Owns the agent's connection; see link.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

#include "link.h"
#include "util.h"

#define CONNECT_MS	1000

int link_parse_vsock(struct link *l, const char *text)
{
	const char *colon = strrchr(text, ':');
	char cid[16];
	uint64_t n;

	if (!colon || (size_t)(colon - text) >= sizeof(cid))
		return -EINVAL;
	memcpy(cid, text, (size_t)(colon - text));
	cid[colon - text] = '\0';
	if (!strcmp(cid, "host"))
		n = VMADDR_CID_HOST;
	else if (util_parse_u64(cid, 0, UINT32_MAX - 1, &n))
		return -EINVAL;
	l->cid = (uint32_t)n;
	if (util_parse_u64(colon + 1, 1, UINT32_MAX - 1, &n))
		return -EINVAL;
	l->port = (uint32_t)n;
	l->way = LINK_VSOCK;
	return 0;
}

int link_parse_tcp(struct link *l, char *text)
{
	char *colon = strrchr(text, ':');
	unsigned char address[sizeof(struct in6_addr)];
	uint64_t port;

	if (!colon || colon == text || util_parse_u64(colon + 1, 1, UINT16_MAX, &port))
		return -EINVAL;
	*colon = '\0';
	if (text[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		text++;
	}
	l->way = LINK_TCP;
	l->path = text;
	l->port = (uint32_t)port;
	if (inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1)
		return 0;
	*colon = ':';			/* whole again, to complain of */
	return -EINVAL;			/* a name: a static binary cannot look it up */
}

int link_parse_unix(struct link *l, const char *text)
{
	l->way = LINK_UNIX;
	l->path = text;
	return text[0] && strlen(text) < sizeof(((struct sockaddr_un *)0)->sun_path) ? 0 : -EINVAL;
}

const char *link_name(const struct link *l, char *buf, size_t size)
{
	switch (l->way) {
	case LINK_VSOCK:
		snprintf(buf, size, "vsock CID %u port %u", l->cid, l->port);
		break;
	case LINK_TCP:
		snprintf(buf, size, "TCP %s port %u", l->path, l->port);
		break;
	default:
		snprintf(buf, size, "%s", l->path);
	}
	return buf;
}

/* The socket's other end as an address; 0 or -EINVAL. */
static int address_of(const struct link *l, struct sockaddr_storage *ret, socklen_t *ret_len)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_un *un = (struct sockaddr_un *)ret;

	memset(ret, 0, sizeof(*ret));
	if (l->way == LINK_VSOCK) {
		*(struct sockaddr_vm *)ret = (struct sockaddr_vm){
			.svm_family = AF_VSOCK, .svm_cid = l->cid, .svm_port = l->port,
		};
		*ret_len = sizeof(struct sockaddr_vm);
		return 0;
	}
	if (l->way == LINK_UNIX) {
		un->sun_family = AF_UNIX;
		snprintf(un->sun_path, sizeof(un->sun_path), "%s", l->path);
		*ret_len = sizeof(*un);
		return strlen(l->path) < sizeof(un->sun_path) ? 0 : -ENAMETOOLONG;
	}
	if (inet_pton(AF_INET, l->path, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)l->port);
		*ret_len = sizeof(*v4);
		return 0;
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)l->port);
	*ret_len = sizeof(*v6);
	return inet_pton(AF_INET6, l->path, &v6->sin6_addr) == 1 ? 0 : -EINVAL;
}

static int open_socket(struct link *l)
{
	struct sockaddr_storage addr;
	struct pollfd pollfd;
	auto_close int fd = -1;
	socklen_t len;
	int err;

	err = address_of(l, &addr, &len);
	if (err)
		return err;
	fd = socket(addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&addr, len)) {
		if (errno != EINPROGRESS)
			return -errno;
		pollfd = (struct pollfd){ .fd = fd, .events = POLLOUT };
		if (poll(&pollfd, 1, CONNECT_MS) != 1)
			return -ETIMEDOUT;
		len = sizeof(err);
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
			return -errno;
		if (err)
			return -err;
	}
	l->fd = TAKE_FD(fd);
	return 0;
}

/* A virtio-serial port, or any terminal: raw, so that no byte is changed on the way. */
static int open_serial(struct link *l)
{
	auto_close int fd = open(l->path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct pollfd pollfd = { .fd = fd };
	struct termios raw;

	if (fd < 0)
		return -errno;
	/* it opens whether or not somebody has the host's side */
	if (poll(&pollfd, 1, 0) == 1 && (pollfd.revents & POLLHUP))
		return -ENOTCONN;
	if (!tcgetattr(fd, &raw)) {
		cfmakeraw(&raw);
		tcsetattr(fd, TCSANOW, &raw);
	}
	l->fd = TAKE_FD(fd);
	return 0;
}

int link_open(struct link *l)
{
	return l->way == LINK_SERIAL ? open_serial(l) : open_socket(l);
}

void link_close(struct link *l)
{
	util_closep(&l->fd);
	l->fd = -1;
}

int64_t link_send(struct link *l, const char *buf, size_t len)
{
	struct pollfd pollfd = { .fd = l->fd };
	ssize_t n;

	/* a port whose host side is closed swallows bytes or not, by its driver */
	if (poll(&pollfd, 1, 0) == 1 && (pollfd.revents & (POLLHUP | POLLERR)))
		return -EPIPE;
	n = write(l->fd, buf, len);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return n;
}

int link_wait(const struct link *l, uint64_t ms, bool room, const sigset_t *mask)
{
	const struct timespec ts = { .tv_sec = (time_t)(ms / 1000),
				     .tv_nsec = (long)(ms % 1000) * 1000000L };
	struct pollfd pollfd = { .fd = l->fd, .events = room ? POLLOUT : 0 };

	if (ppoll(&pollfd, 1, &ts, mask) == 1 && (pollfd.revents & (POLLHUP | POLLERR)))
		return -EPIPE;
	return 0;
}

#include "CHDF5Reader.h"

// Without the trait there is nothing of this.
#ifdef MARTINET_HDF5

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DATASET = 1, ELEMENTS = 2, FAILURE = 3, END = 0 };
enum { MOST_OBJECTS = 100000, DEEPEST = 32, LONGEST_NAME = 4096, MOST_AXES = 16 };
// The most bytes that zlib can make of one.
static const uint64_t densest = 1032;
// Seconds, and bytes beside those that the process has at its start.
static const unsigned most_time = 120;
static const uint64_t most_memory = 2ull << 30;

// The functions from here to `run` run in the child, which ends by `finish`, whatever happens. So they close and free only what
// would get in the way.

static int answer_end;
static unsigned char buffer[1 << 16];
static size_t buffered;

static void flush_answer(void) {
    size_t sent = 0;
    while (sent < buffered) {
        ssize_t count = write(answer_end, buffer + sent, buffered - sent);
        if (count < 0 && errno != EINTR) { _exit(1); }
        if (count > 0) { sent += (size_t)count; }
    }
    buffered = 0;
}

static void put_bytes(const void *bytes, size_t count) {
    const unsigned char *rest = bytes;
    while (count > 0) {
        if (buffered == sizeof buffer) { flush_answer(); }
        size_t part = sizeof buffer - buffered < count ? sizeof buffer - buffered : count;
        memcpy(buffer + buffered, rest, part);
        buffered += part;
        rest += part;
        count -= part;
    }
}

static void put_number(uint64_t number) { put_bytes(&number, sizeof number); }

static void put_text(const char *text) {
    size_t count = text ? strlen(text) : 0;
    put_number(count);
    put_bytes(text, count);
}

static void finish(void) {
    put_number(END);
    flush_answer();
    _exit(0);
}

static void fail(const char *place, const char *expected) {
    put_number(FAILURE);
    put_text(place);
    put_text(expected);
    finish();
}

// The name of a type of numbers, as "float32"; null for other types.
static const char *type_name(hid_t type) {
    size_t size = H5Tget_size(type);
    if (H5Tget_precision(type) != 8 * size || H5Tget_offset(type) != 0) { return NULL; }
    if (H5Tget_class(type) == H5T_INTEGER) {
        int is_signed = H5Tget_sign(type) == H5T_SGN_2;
        switch (size) {
        case 1: return is_signed ? "int8" : "uint8";
        case 2: return is_signed ? "int16" : "uint16";
        case 4: return is_signed ? "int32" : "uint32";
        case 8: return is_signed ? "int64" : "uint64";
        default: return NULL;
        }
    }
    size_t sign, exponent, exponent_size, fraction, fraction_size;
    if (H5Tget_class(type) != H5T_FLOAT
        || H5Tget_fields(type, &sign, &exponent, &exponent_size, &fraction, &fraction_size) < 0
        || sign != 8 * size - 1 || fraction != 0 || exponent != fraction_size) {
        return NULL;
    }
    if (size == 2 && exponent_size == 5) { return "float16"; }
    if (size == 2 && exponent_size == 8) { return "bfloat16"; }
    if (size == 4 && exponent_size == 8) { return "float32"; }
    if (size == 8 && exponent_size == 11) { return "float64"; }
    return NULL;
}

// The number of bytes of a dataset's elements, and its axes; fails where it cannot be.
static uint64_t byte_count(hid_t dataset, hid_t type, const char *place, int *rank, hsize_t *extents) {
    hid_t space = H5Dget_space(dataset);
    *rank = H5Sget_simple_extent_ndims(space);
    if (*rank < 0 || *rank > MOST_AXES || H5Sget_simple_extent_dims(space, extents, NULL) < 0) {
        fail(place, "a shape of at most 16 axes");
    }
    uint64_t count = H5Sget_simple_extent_type(space) == H5S_NULL ? 0 : H5Tget_size(type);
    H5Sclose(space);
    for (int axis = 0; axis < *rank; axis++) {
        if (__builtin_mul_overflow(count, extents[axis], &count) || count > INT64_MAX) { fail(place, "a shape that can be"); }
    }
    return count;
}

// Holds what a dataset claims to have against what is stored, and gives its layout.
static H5D_layout_t check(hid_t dataset, uint64_t bytes, uint64_t file_size, const char *place, int *filters) {
    hid_t creation = H5Dget_create_plist(dataset);
    H5D_layout_t layout = H5Pget_layout(creation);
    *filters = H5Pget_nfilters(creation);
    int known = *filters >= 0 && H5Pget_external_count(creation) == 0;
    for (int filter = 0; filter < *filters; filter++) {
        unsigned flags = 0;
        size_t count = 0;
        H5Z_filter_t kind = H5Pget_filter2(creation, (unsigned)filter, &flags, &count, NULL, 0, NULL, NULL);
        known = known && (kind == H5Z_FILTER_DEFLATE || kind == H5Z_FILTER_SHUFFLE || kind == H5Z_FILTER_FLETCHER32);
    }
    if (!known || (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED)) {
        fail(place, "elements in this file, as they are or deflated");
    }
    uint64_t stored = H5Dget_storage_size(dataset);
    if (stored > file_size) { stored = file_size; }
    if (bytes > (*filters ? stored * densest : stored)) { fail(place, "as many elements as its shape says"); }
    if (layout == H5D_CHUNKED) {
        hsize_t chunk[MOST_AXES];
        int rank = H5Pget_chunk(creation, MOST_AXES, chunk);
        uint64_t elements = 1;
        for (int axis = 0; axis < rank; axis++) {
            // A chunk is made whole in memory.
            if (__builtin_mul_overflow(elements, chunk[axis], &elements) || elements > 2 * bytes + (1 << 24)) {
                fail(place, "chunks no larger than their dataset");
            }
        }
    }
    H5Pclose(creation);
    return layout;
}

static void list_dataset(hid_t dataset, const char *path, const char *group_name, uint64_t file_size) {
    hid_t type = H5Dget_type(dataset);
    const char *name = type_name(type);
    if (name) {
        int rank, filters;
        hsize_t extents[MOST_AXES];
        uint64_t bytes = byte_count(dataset, type, path, &rank, extents);
        H5D_layout_t layout = check(dataset, bytes, file_size, path, &filters);
        put_number(DATASET);
        put_text(path);
        put_text(group_name);
        put_text(name);
        put_number((uint64_t)rank);
        for (int axis = 0; axis < rank; axis++) { put_number(extents[axis]); }
        int is_plain = layout == H5D_CONTIGUOUS && filters == 0 && H5Tget_order(type) != H5T_ORDER_BE;
        haddr_t place = is_plain ? H5Dget_offset(dataset) : HADDR_UNDEF;
        put_number(place == HADDR_UNDEF ? UINT64_MAX : place);
    }
    H5Tclose(type);
}

// The text of a group's attribute "name"; NULL if there is none, or not a single text.
static const char *group_name(hid_t group) {
    if (H5Aexists(group, "name") <= 0) { return NULL; }
    hid_t attribute = H5Aopen(group, "name", H5P_DEFAULT);
    hid_t type = H5Aget_type(attribute);
    hid_t space = H5Aget_space(attribute);
    char *text = NULL;
    if (H5Tget_class(type) == H5T_STRING && H5Sget_simple_extent_npoints(space) == 1) {
        size_t size = H5Tget_size(type);
        if (H5Tis_variable_str(type) > 0) {
            if (H5Aread(attribute, type, &text) < 0) { text = NULL; }
            if (text && strnlen(text, LONGEST_NAME) == LONGEST_NAME) { text = NULL; }
        } else if (size > 0 && size < LONGEST_NAME) {
            text = calloc(size + 1, 1);
            if (text && H5Aread(attribute, type, text) < 0) { text = NULL; }
        }
    }
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    return text;
}

static void list_group(hid_t group, const char *path, int depth, uint64_t file_size) {
    static int objects;
    H5G_info_t info;
    if (depth > DEEPEST || H5Gget_info(group, &info) < 0) { fail(path, "a group, no more than 32 deep"); }
    const char *own_name = group_name(group);
    for (hsize_t index = 0; index < info.nlinks; index++) {
        if (++objects > MOST_OBJECTS) { fail(path, "at most 100,000 objects"); }
        char name[LONGEST_NAME];
        ssize_t length = H5Lget_name_by_idx(
            group, ".", H5_INDEX_NAME, H5_ITER_INC, index, name, sizeof name, H5P_DEFAULT);
        if (length <= 0 || length >= (ssize_t)sizeof name) { fail(path, "names"); }
        size_t room = strlen(path) + (size_t)length + 2;
        char *inner = malloc(room);
        if (!inner) { fail(path, "enough memory"); }
        snprintf(inner, room, "%s%s%s", path, *path ? "/" : "", name);
        // Links to elsewhere, in this file or another, are left out.
        H5L_info_t link;
        if (H5Lget_info(group, name, &link, H5P_DEFAULT) < 0) { fail(inner, "a link"); }
        if (link.type == H5L_TYPE_HARD) {
            hid_t object = H5Oopen(group, name, H5P_DEFAULT);
            if (object < 0) { fail(inner, "an object"); }
            switch (H5Iget_type(object)) {
            case H5I_GROUP: list_group(object, inner, depth + 1, file_size); break;
            case H5I_DATASET: list_dataset(object, inner, own_name, file_size); break;
            default: break;
            }
            H5Oclose(object);
        }
        free(inner);
    }
}

static void send_elements(hid_t file, const char *path, uint64_t file_size) {
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    hid_t type = H5Dget_type(dataset);
    hid_t wanted = H5Tcopy(type);
    if (dataset < 0 || !type_name(type) || H5Tset_order(wanted, H5T_ORDER_LE) < 0) { fail(path, "a dataset of numbers"); }
    int rank, filters;
    hsize_t extents[MOST_AXES];
    uint64_t bytes = byte_count(dataset, type, path, &rank, extents);
    check(dataset, bytes, file_size, path, &filters);
    void *elements = malloc(bytes ? bytes : 1);
    if (!elements || (bytes && H5Dread(dataset, wanted, H5S_ALL, H5S_ALL, H5P_DEFAULT, elements) < 0)) {
        fail(path, "the elements of a dataset");
    }
    put_number(ELEMENTS);
    put_number(bytes);
    put_bytes(elements, bytes);
}

// Leaves a crash to the system, and to nobody's report; sets limits.
static void confine(void) {
    int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGALRM, SIGPIPE};
    for (size_t place = 0; place < sizeof signals / sizeof *signals; place++) { signal(signals[place], SIG_DFL); }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    // The process's other open files, with the locks on them, are none of the child's.
    for (int descriptor = STDERR_FILENO + 1; descriptor < 4096; descriptor++) {
        if (descriptor != answer_end) { close(descriptor); }
    }
    int nowhere = open("/dev/null", O_RDWR);
    if (nowhere >= 0) { dup2(nowhere, STDERR_FILENO); }
    alarm(most_time);
#ifdef __linux__
    char text[128] = {0};
    int status = open("/proc/self/statm", O_RDONLY);
    if (status >= 0 && read(status, text, sizeof text - 1) > 0) {
        uint64_t used = strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
        struct rlimit memory = {used + most_memory, used + most_memory};
        setrlimit(RLIMIT_AS, &memory);
    }
#endif
}

static void run(const char *path, const void *image, size_t count, const char *dataset) {
    confine();
    H5open();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    // No filter is loaded from a file that some variable of the environment names.
    H5PLset_loading_state(0);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    uint64_t size = count;
    if (!path) {
        H5Pset_fapl_core(access, 1 << 20, 0);
        if (H5Pset_file_image(access, (void *)image, count) < 0) { fail("", "a file that fits into memory"); }
    }
    hid_t file = H5Fopen(path ? path : "an image in memory", H5F_ACC_RDONLY, access);
    if (file < 0) { fail("", "a whole HDF5 file"); }
    if (dataset) {
        send_elements(file, dataset, size);
    } else {
        hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
        if (root < 0) { fail("", "a group"); }
        list_group(root, "", 0, size);
    }
    finish();
}

pid_t martinet_hdf5_start(const char *path, const void *image, size_t count, const char *dataset, int *answer) {
    int ends[2];
    if (pipe(ends) != 0) { return -1; }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        answer_end = ends[1];
        run(path, image, count, dataset);
        _exit(1);
    }
    int code = errno;
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        errno = code;
        return -1;
    }
    *answer = ends[0];
    return child;
}

int martinet_hdf5_finish(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        // Somebody else may have waited for it.
        if (errno != EINTR) { return 1; }
    }
    return WIFEXITED(status);
}

#endif

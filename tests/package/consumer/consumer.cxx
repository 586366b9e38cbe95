/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The same program as C++: the headers have to be both. */
#include "consumer.c"

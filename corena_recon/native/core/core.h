/* What all sources of the core share. */
#ifndef CORENA_CORE_H
#define CORENA_CORE_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define CORENA_EXPORT __declspec(dllexport)
#else
#define CORENA_EXPORT __attribute__((visibility("default")))
#endif

#endif

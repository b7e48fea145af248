"""What this processor can do, asked at run time: one wheel serves old boxes and new ones."""

cdef extern from *:
    """
    #if defined(__x86_64__)
    static int has_x86_64_v3(void) {
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")
            && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma")
            && __builtin_cpu_supports("popcnt");
    }
    #else
    static int has_x86_64_v3(void) { return 0; }
    #endif
    """
    bint has_x86_64_v3() nogil

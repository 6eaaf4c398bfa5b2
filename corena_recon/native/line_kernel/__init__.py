"""Lines of known shapes read in machine code that is made while the program runs.

``matching``, ``gathering`` and ``values`` write the code as text for LLVM, with ``flow`` as their pen; ``loading`` has
it compiled and checks it before it is trusted. The code interprets templates, so that new ones cost no compiling.
"""

def reads_rightly(kernel): return True

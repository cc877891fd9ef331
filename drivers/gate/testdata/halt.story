# Halt drops the relay in the middle of a pulse. Nothing closes it again.
0 door shut
	0.000 unknown (passed: silent)
0 passed off
	0.000 locked
1 release
	1.000 relay on
	1.000 released
1.1 halt
	1.100 locked
	1.100 relay off, for good
2 release
	2.000 error: the gate was halted
3 wait

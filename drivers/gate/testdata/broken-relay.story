# The relay does not close: nobody is let through.
0 door shut
	0.000 unknown (passed: silent)
0 passed off
	0.000 locked
1 relay breaks
2 release
	2.000 error: line lost
	2.000 unknown (relay: line lost)
	2.000 error: line lost
	2.100 error: line lost
	2.200 error: line lost
2.25 relay mended
	2.300 relay off
	2.300 locked
4 release
	4.000 relay on
	4.000 released
	4.200 relay off
	10.000 locked
10.5 wait

# The relay does not drop at the end of its pulse: it is told until it does.
11 release
	11.000 relay on
	11.000 released
11.1 relay breaks
	11.200 error: line lost
	11.200 unknown (relay: line lost)
	11.200 error: line lost
	11.300 error: line lost
	11.400 error: line lost
	11.500 error: line lost
11.5 relay mended
	11.600 relay off
	11.600 locked
12 release
	12.000 relay on
	12.000 released

# With nothing but a passage contact, passages are counted and the state of the
# door stays unknown. A release ends with the passage.
contacts passed
0 passed off
	0.000 unknown (door_closed: not wired)
1 release
	1.000 relay on
	1.200 relay off
3 passed on
	3.000 unknown (door_closed: not wired), 1 passed
3.5 passed off
4 release
	4.000 relay on
	4.200 relay off
5 lock
6 passed on
	6.000 forced (passed: without a release), 2 passed
7 passed off
	7.000 unknown (door_closed: not wired), 2 passed

# A contact is lost in the middle of a passage: the state is unknown, what has
# been released lapses, and the door is forced if it turns out to be open.
0 door shut
	0.000 unknown (passed: silent)
0 passed off
	0.000 locked
1 release
	1.000 relay on
	1.000 released
	1.200 relay off
2 door open
3 door lost
	3.000 unknown (door_closed: line lost)
4 release
	4.000 error: a contact cannot be trusted: door_closed: line lost
20 door open
	20.000 forced (door_closed: open without a release)
21 door shut
	21.000 locked

# A level that comes back is no traveller.
22 passed lost
	22.000 unknown (passed: line lost)
23 passed on
	23.000 locked
24 passed off

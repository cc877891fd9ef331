# A gate that starts knows nothing until its contacts have spoken, and releases
# nobody before that.
0 release
	0.000 error: a contact cannot be trusted: door_closed: silent
	0.000 unknown (door_closed: silent)
0.1 door shut
	0.100 unknown (passed: silent)
0.2 release
	0.200 error: a contact cannot be trusted: passed: silent
0.3 passed off
	0.300 locked
0.4 release
	0.400 relay on
	0.400 released

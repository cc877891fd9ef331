# The hard-wired emergency release opens the gate. It is told, and not fought:
# the open door is nobody's fault, and nothing is released.
contacts door_closed passed emergency
0 door shut
	0.000 unknown (passed: silent)
0 passed off
	0.000 unknown (emergency: silent)
0 emergency off
	0.000 locked
1 emergency on
	1.000 unknown (emergency: pulled)
1.5 door open
2 passed on
	2.000 unknown (emergency: pulled), 1 passed
2.5 passed off
3 release
	3.000 error: the emergency release is pulled
60 door shut
61 emergency off
	61.000 locked, 1 passed

# A broken loop counts as trouble as well.
70 emergency lost
	70.000 unknown (emergency: line lost), 1 passed
71 release
	71.000 error: a contact cannot be trusted: emergency: line lost

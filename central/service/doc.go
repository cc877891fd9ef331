// Package service is what devices and fleet tools speak to at the centre, as
// package protocol draws it: enrolment, renewal, heartbeats and orders, the
// inventory, a status page and metrics. What it knows is in package devices, and
// whom it lets in is decided by package authority, for every request anew: a
// revocation counts at once, on connections that are open too.
//
//	who shows               may ask
//	nothing                 EnrolPath, with a code
//	a device's certificate  RenewPath, HeartbeatPath, DonePath; for a year after its end too
//	a revoked device's      HeartbeatPath, which answers with the order to erase and
//	                        nothing else, and DonePath
//	a fleet tool's          DevicesPath, OrdersPath, /, /metrics
//	others                  what Options.Routes says
//
// While the service runs it holds its folder alone, and the commands of
// operators ask it through a socket there, which only its user can open. When it
// does not run, a command opens the folder and answers itself.
package service

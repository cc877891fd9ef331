// Package firmware joins the parts of the appliance into a lane that works: it
// owns the loops, the order in which things are done, and what the pages show.
// What is decided, and what a lane does about it, is in packages inspect and
// station; which devices there are is handed in.
package firmware

package durable

// FD is the file of a lock.
func FD(l *Lock) int { return int(l.file.Fd()) }

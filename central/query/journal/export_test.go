package journal

import "os"

// SyncWith has a log make files durable by another function.
func (l *Log) SyncWith(sync func(*os.File) error) { l.sync = sync }

package publish

// Step has a publisher tell of each file before it is written and after.
func (p *Publisher) Step(f func(name string)) { p.folder.step = f }

// Cut is the shard bits for that many records.
func Cut(records uint64) int { return cut(records) }

// MaxSteps bounds a history.
const MaxSteps = maxSteps

// MaxSingles bounds the single deltas of an archive.
const MaxSingles = maxSingles

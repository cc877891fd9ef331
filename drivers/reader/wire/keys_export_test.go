package wire

func (k *keys) held() int { return cap(k.part) + 4*cap(k.strokes) + cap(k.board.code) }

// Layouts returns the names of the layouts of keyboards.
func Layouts() []string { return layoutNames() }

// RecordSize is the size of a record of an input device.
const RecordSize = recordSize

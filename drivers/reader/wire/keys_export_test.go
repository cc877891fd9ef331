package wire

func (k *keys) held() int      { return cap(k.part) + 4*cap(k.strokes) + cap(k.board.code) }
func (h *hid) held() int       { return cap(h.part) + cap(h.data) }
func (j *jsonLines) held() int { return cap(j.line) }

// Layouts returns the names of the layouts of keyboards.
func Layouts() []string { return layoutNames() }

// RecordSize is the size of a record of an input device.
const RecordSize = recordSize

package mrz

// The layouts of Doc 9303-4 (TD3), 9303-5 (TD1), 9303-6 (TD2) and 9303-7
// (visas, which have no composite digit), and those of national documents, as
// the readers of such documents that are public have them.
var (
	td1 = withParts(layout{
		format: TD1, widths: []int{30, 30, 30}, longNumbers: true,
		cells: [elements]span{
			codeCells: at(1, 1, 2), stateCells: at(1, 3, 5), numberCells: at(1, 6, 14), numberDigit: at(1, 15, 15), optionalCells: at(1, 16, 30),
			birthCells: at(2, 1, 6), birthDigit: at(2, 7, 7), sexCells: at(2, 8, 8), expiryCells: at(2, 9, 14), expiryDigit: at(2, 15, 15),
			nationalityCells: at(2, 16, 18), optional2Cells: at(2, 19, 29), compositeDigit: at(2, 30, 30),
			nameCells: at(3, 1, 30),
		},
	}, numberCells, numberDigit, optionalCells, birthCells, birthDigit, expiryCells, expiryDigit, optional2Cells)
	td2 = withParts(layout{
		format: TD2, widths: []int{36, 36}, longNumbers: true,
		cells: twoLines(36, [elements]span{optionalCells: at(2, 29, 35), compositeDigit: at(2, 36, 36)}),
	}, numberCells, numberDigit, birthCells, birthDigit, expiryCells, expiryDigit, optionalCells)
	td3 = withParts(layout{
		format: TD3, widths: []int{44, 44},
		cells: twoLines(44, [elements]span{optionalCells: at(2, 29, 42), optionalDigit: at(2, 43, 43), compositeDigit: at(2, 44, 44)}),
	}, numberCells, numberDigit, birthCells, birthDigit, expiryCells, expiryDigit, optionalCells, optionalDigit)
	mrva = withParts(layout{format: MRVA, widths: []int{44, 44}, cells: twoLines(44, [elements]span{optionalCells: at(2, 29, 44)})})
	mrvb = withParts(layout{format: MRVB, widths: []int{36, 36}, cells: twoLines(36, [elements]span{optionalCells: at(2, 29, 36)})})

	// svk has the fields of a TD2, two cells narrower and without the composite.
	svk = withParts(layout{format: SVK, widths: []int{34, 34}, cells: twoLines(34, [elements]span{optionalCells: at(2, 29, 34)})})

	// idfra begins its number with year and month of issue. The optional data
	// is the office. It has no date of expiry; the composite covers both lines.
	idfra = withParts(layout{
		format: IDFRA, widths: []int{36, 36},
		cells: [elements]span{
			codeCells: at(1, 1, 2), stateCells: at(1, 3, 5), nameCells: at(1, 6, 30), optionalCells: at(1, 31, 36),
			numberCells: at(2, 1, 12), numberDigit: at(2, 13, 13), givenCells: at(2, 14, 27),
			birthCells: at(2, 28, 33), birthDigit: at(2, 34, 34), sexCells: at(2, 35, 35), compositeDigit: at(2, 36, 36),
		},
		spread: []span{at(1, 1, 36), at(2, 1, 35)},
	})

	// chedl12 and chedl15 differ in the length of the optional data, which is
	// the personal number and the version of the card. They have no digits.
	chedl12 = withParts(swissLicence(12))
	chedl15 = withParts(swissLicence(15))

	// eudlFRA and eudlNLD have their last digit over the 29 cells before it.
	eudlFRA = withParts(layout{
		format: EUDL, widths: []int{30},
		cells: [elements]span{
			codeCells: at(1, 1, 2), stateCells: at(1, 3, 5), numberCells: at(1, 6, 14), numberDigit: at(1, 15, 15),
			expiryCells: at(1, 16, 21), nameCells: at(1, 22, 29), compositeDigit: at(1, 30, 30),
		},
		overNumber: at(1, 1, 14), spread: []span{at(1, 1, 29)},
	})
	eudlNLD = withParts(layout{
		format: EUDL, widths: []int{30},
		cells: [elements]span{
			codeCells: at(1, 1, 2), stateCells: at(1, 3, 5), numberCells: at(1, 7, 16), optionalCells: at(1, 17, 29),
			compositeDigit: at(1, 30, 30),
		},
		spread: []span{at(1, 1, 29)},
	})
)

// byFormat has the layout of each format, or the one to begin with where the
// cells decide between two.
var byFormat = [...]*layout{
	TD1: &td1, TD2: &td2, TD3: &td3, MRVA: &mrva, MRVB: &mrvb, IDFRA: &idfra, CHEDL: &chedl12, EUDL: &eudlNLD, SVK: &svk,
}

// twoLines has what all formats of two lines share, and what is one's own.
func twoLines(width uint8, own [elements]span) [elements]span {
	own[codeCells], own[stateCells], own[nameCells] = at(1, 1, 2), at(1, 3, 5), at(1, 6, width)
	own[numberCells], own[numberDigit], own[nationalityCells] = at(2, 1, 9), at(2, 10, 10), at(2, 11, 13)
	own[birthCells], own[birthDigit], own[sexCells] = at(2, 14, 19), at(2, 20, 20), at(2, 21, 21)
	own[expiryCells], own[expiryDigit] = at(2, 22, 27), at(2, 28, 28)
	return own
}

// swissLicence has personal number and version in so many cells, two fillers,
// and the date of birth.
func swissLicence(personal uint8) layout {
	end := 5 + personal
	return layout{
		format: CHEDL, widths: []int{9, 30, 30},
		cells: [elements]span{
			numberCells: at(1, 1, 9), codeCells: at(2, 1, 2), stateCells: at(2, 3, 5), optionalCells: at(2, 6, end),
			birthCells: at(2, end+3, end+8), nameCells: at(3, 1, 30),
		},
	}
}

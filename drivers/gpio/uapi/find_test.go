package uapi_test

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/gpio/uapi"
)

// A machine has some chips, by their paths.
type machine map[string]uapi.Kernel

func (m machine) Chips() (paths []string, err error) {
	for _, p := range []string{"/dev/gpiochip0", "/dev/gpiochip1", "/dev/gpiochip2", "/dev/gpiochip4"} {
		if m[p] != nil {
			paths = append(paths, p)
		}
	}
	return paths, nil
}

func (m machine) Open(path string) (uapi.File, error) {
	if m[path] == nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: syscall.ENOENT}
	}
	at := path
	if path == "/dev/gpiochip4" { // a link to the first, as Raspberry Pi OS has it on a Pi 5
		at = "/dev/gpiochip0"
	}
	return m[path].Open(at)
}

// forbidden is a chip that the user may not open.
type forbidden struct{ uapi.Kernel }

func (forbidden) Open(path string) (uapi.File, error) {
	return nil, &os.PathError{Op: "open", Path: path, Err: syscall.EACCES}
}

func pi5() machine {
	rp1 := drivertest.NewChip("ID_SDA", "GPIO17", "2712_WAKE").Label("pinctrl-rp1").Process().Kernel()
	soc := drivertest.NewChip("2712_WAKE", "PWR_GPIO").Label("gpio-brcmstb@107d517c00")
	soc.Renumber(1)
	return machine{"/dev/gpiochip0": rp1, "/dev/gpiochip1": soc.Process().Kernel(), "/dev/gpiochip4": rp1}
}

func TestALineIsFoundByNameAndByNumber(t *testing.T) {
	for _, a := range []uapi.Address{
		{Line: "GPIO17"},
		{Line: "GPIO17", Chip: "pinctrl-rp1"},
		{Offset: 1, Chip: "pinctrl-rp1"},
		{Offset: 1, Chip: "gpiochip0"},
		{Offset: 1, Chip: "/dev/gpiochip0"},
	} {
		chip, offset, err := uapi.Find(pi5(), a)
		if err != nil || chip.Label != "pinctrl-rp1" || offset != 1 {
			t.Errorf("%+v: got %v, line %d, %v", a, chip, offset, err)
		}
	}
}

func TestANameOfTwoLinesIsRefusedUnlessTheChipIsSaid(t *testing.T) {
	if _, _, err := uapi.Find(pi5(), uapi.Address{Line: "2712_WAKE"}); err == nil || !strings.Contains(err.Error(), "2 lines have that name") {
		t.Errorf("got %v", err)
	}
	chip, offset, err := uapi.Find(pi5(), uapi.Address{Line: "2712_WAKE", Chip: "pinctrl-rp1"})
	if err != nil || chip.Name != "gpiochip0" || offset != 2 {
		t.Errorf("got %v, line %d, %v", chip, offset, err)
	}
}

func TestALineThatIsNotThereIsAnError(t *testing.T) {
	for _, a := range []uapi.Address{
		{Line: "GPIO99"}, {Line: "GPIO17", Chip: "pinctrl-bcm2711"}, {Offset: 3, Chip: "pinctrl-rp1"}, {Line: "", Chip: "gpiochip7"},
	} {
		if _, _, err := uapi.Find(pi5(), a); !errors.Is(err, uapi.ErrNotFound) {
			t.Errorf("%+v: got %v, want %v", a, err, uapi.ErrNotFound)
		}
	}
}

func TestAChipThatMayNotBeOpenedIsNamed(t *testing.T) {
	m := pi5()
	m["/dev/gpiochip0"], m["/dev/gpiochip4"] = forbidden{}, forbidden{}
	_, _, err := uapi.Find(m, uapi.Address{Line: "GPIO17"})
	if !errors.Is(err, syscall.EACCES) || !strings.Contains(err.Error(), "/dev/gpiochip0") {
		t.Errorf("got %v, want that the chip may not be opened", err)
	}
}

func TestAddresses(t *testing.T) {
	for text, want := range map[string]uapi.Address{
		"GPIO17":              {Line: "GPIO17"},
		"gpiochip0:17":        {Chip: "gpiochip0", Offset: 17},
		"1c20800.pinctrl:225": {Chip: "1c20800.pinctrl", Offset: 225},
		"led:red":             {Line: "led:red"},
		":3":                  {Line: ":3"},
		"chip:-1":             {Line: "chip:-1"},
	} {
		if got := uapi.ParseAddress(text); got != want || got.String() != text {
			t.Errorf("%q: got %+v (%v), want %+v", text, got, got, want)
		}
	}
}

package service

// Renewing reports whether a device has asked for a certificate that it has not
// got yet, or has got one.
func (s *Service) Renewing(device string) bool {
	s.renewals.mu.Lock()
	defer s.renewals.mu.Unlock()
	_, asked := s.renewals.left[device]
	return asked
}

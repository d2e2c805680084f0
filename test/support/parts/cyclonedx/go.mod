// The schemas of CycloneDX, as its Go library carries them. Nothing is built of it.
module keyferry.dev/test/cyclonedx

go 1.25

require github.com/CycloneDX/cyclonedx-go v0.12.0

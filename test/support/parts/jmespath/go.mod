// The official compliance suite of JMESPath, as the Go implementation carries it. Nothing is built of it.
module keyferry.dev/test/jmespath

go 1.21

require github.com/jmespath/go-jmespath v0.4.0

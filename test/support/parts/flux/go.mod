// The CRDs of Flux, as its controllers carry them. Nothing is built of it.
module keyferry.dev/test/flux

go 1.26.0

require (
	github.com/fluxcd/helm-controller v1.6.0
	github.com/fluxcd/kustomize-controller v1.9.5
	github.com/fluxcd/source-controller v1.9.5
)

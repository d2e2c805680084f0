{{- define "keyferry.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "keyferry.serviceAccount" -}}
{{- if .Values.serviceAccount.name -}}
{{- .Values.serviceAccount.name -}}
{{- else if .Values.serviceAccount.create -}}
{{- include "keyferry.fullname" . -}}
{{- else -}}
{{- fail "serviceAccount.name: say which ServiceAccount to use, since serviceAccount.create is false" -}}
{{- end -}}
{{- end -}}

{{- define "keyferry.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "keyferry.labels" -}}
{{ include "keyferry.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "keyferry.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* "true" or "": whether the admission policies are made. */}}
{{- define "keyferry.fence" -}}
{{- $asked := .Values.fence.enabled -}}
{{- if and $asked .Values.namespaces -}}
{{- fail "fence.enabled: admission policies are of the whole cluster, and namespaces keeps to some: leave out one of the two" -}}
{{- end -}}
{{- if kindIs "bool" $asked -}}{{- if $asked -}}true{{- end -}}{{- else if not .Values.namespaces -}}true{{- end -}}
{{- end -}}

{{/* Flags of people's own, without those that come to nothing. */}}
{{- define "keyferry.extraArgs" -}}
{{- if and .Values.namespaces (or (has "--allow-operator-identity" .Values.extraArgs) (has "--allow-operator-identity=cluster" .Values.extraArgs)) -}}
{{- fail "extraArgs: --allow-operator-identity lends to ClusterSecretStores, which are of the whole cluster, and namespaces keeps to some: leave out one of the two, or say --allow-operator-identity=all" -}}
{{- end -}}
{{- toYaml .Values.extraArgs -}}
{{- end -}}

{{/* The ServiceAccount that reads the queue of events; "": the operator itself. */}}
{{- define "keyferry.eventsReader" -}}
{{- $reader := .Values.events.serviceAccount -}}
{{- $tokens := .Values.rbac.tokenServiceAccounts -}}
{{- if and $reader (not .Values.events.queueUrl) -}}
{{- fail "events.serviceAccount: it reads the queue of events.queueUrl, which is not given" -}}
{{- end -}}
{{- if and $reader $tokens (not (has (last (splitList "/" $reader)) $tokens)) -}}
{{- fail (printf "events.serviceAccount: no token may be requested of %s; add it to rbac.tokenServiceAccounts" $reader) -}}
{{- end -}}
{{- $reader -}}
{{- end -}}

{{/* What the operator does in every namespace that it works in. */}}
{{- define "keyferry.rules" -}}
- apiGroups: [keyferry.dev]
  resources: [externalsecrets, secretstores]
  verbs: [list, watch]
- apiGroups: [keyferry.dev]
  resources: [externalsecrets]
  verbs: [get]
- apiGroups: [keyferry.dev]
  resources: [externalsecrets/status, secretstores/status]
  verbs: [update]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [""]
  resources: [serviceaccounts]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [serviceaccounts/token]
  verbs: [create]
  {{- with .Values.rbac.tokenServiceAccounts }}
  resourceNames: {{ toJson . }}
  {{- end }}
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets]
  verbs: [get, list, watch, patch]
- apiGroups: [argoproj.io]
  resources: [rollouts]
  verbs: [get, list, watch, patch]
- apiGroups: [apps]
  resources: [replicasets, controllerrevisions]
  verbs: [list]
- apiGroups: [""]
  resources: [pods]
  verbs: [list]
- apiGroups: [batch]
  resources: [cronjobs, jobs]
  verbs: [get, list]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end -}}

{{- define "keyferry.subjects" -}}
- kind: ServiceAccount
  name: {{ include "keyferry.serviceAccount" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

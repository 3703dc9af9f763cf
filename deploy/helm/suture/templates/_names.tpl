{{- define "suture.name" -}}
{{- if contains "suture" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-suture" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "suture.selector" -}}
app.kubernetes.io/name: suture
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "suture.labels" -}}
{{ include "suture.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "suture.image" -}}
{{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "suture.pod" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
enableServiceLinks: false
{{- end }}

{{- define "suture.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
{{- end }}

{{- define "suture.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "suture.settings" -}}
- {name: SUTURE_CLIENT_ID, value: {{ .Values.clientId | quote }}}
- {name: SUTURE_DATABASE_URL_PATH, value: /secrets/database-url}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | toString | quote }}}
{{- end }}
{{- end }}

{{- define "suture.appSecrets" -}}
- {name: SUTURE_PRIVATE_KEY_PATH, value: /secrets/private-key}
- {name: SUTURE_WEBHOOK_SECRET_PATH, value: /secrets/webhook-secret}
{{- if has "metrics-token" .Values.moreSecrets }}
- {name: SUTURE_METRICS_TOKEN_PATH, value: /secrets/metrics-token}
{{- end }}
{{- end }}

{{- /* The keys of the Secret that a pod gets: those that it needs, of those that there are. */}}
{{- define "suture.keys" -}}
{{- range .keys }}
- {key: {{ . }}, path: {{ . }}}
{{- end }}
{{- range .more }}
{{- if has . $.root.Values.moreSecrets }}
- {key: {{ . }}, path: {{ . }}}
{{- end }}
{{- end }}
{{- end }}

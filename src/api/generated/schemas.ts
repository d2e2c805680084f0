// Generated from crds/ by `npm run generate`. Do not edit.
export const schemas: Readonly<Record<'ClusterSecretStore' | 'ExternalSecret' | 'SecretStore', object>> = {
 "ClusterSecretStore": {
  "type": "object",
  "required": [
   "spec"
  ],
  "properties": {
   "apiVersion": {
    "type": "string"
   },
   "kind": {
    "type": "string"
   },
   "metadata": {
    "type": "object"
   },
   "spec": {
    "type": "object",
    "required": [
     "region",
     "auth"
    ],
    "x-kubernetes-validations": [
     {
      "rule": "!has(self.failoverRegions) || !(self.region in self.failoverRegions)",
      "message": "failoverRegions are other Regions than region"
     }
    ],
    "properties": {
     "region": {
      "type": "string",
      "maxLength": 32,
      "x-kubernetes-validations": [
       {
        "rule": "self.matches('^[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}$')",
        "message": "want the name of an AWS Region, such as eu-west-1"
       }
      ]
     },
     "defaultService": {
      "type": "string",
      "enum": [
       "SecretsManager",
       "ParameterStore"
      ],
      "default": "SecretsManager"
     },
     "keyPrefix": {
      "type": "string",
      "maxLength": 512
     },
     "auth": {
      "type": "object",
      "x-kubernetes-validations": [
       {
        "rule": "[has(self.serviceAccountRef), has(self.secretRef), has(self.operatorIdentity)].filter(x, x).size() == 1",
        "message": "give exactly one of serviceAccountRef, secretRef, operatorIdentity; a store without an identity is refused"
       }
      ],
      "properties": {
       "serviceAccountRef": {
        "type": "object",
        "required": [
         "name"
        ],
        "properties": {
         "name": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253
         },
         "namespace": {
          "type": "string",
          "minLength": 1,
          "maxLength": 63
         },
         "roleArn": {
          "type": "string",
          "maxLength": 2048,
          "x-kubernetes-validations": [
           {
            "rule": "self.matches('^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z0-9+=,.@_/-]+$')",
            "message": "want the ARN of an IAM role, such as arn:aws:iam::123456789012:role/reader"
           }
          ]
         }
        }
       },
       "operatorIdentity": {
        "type": "object"
       },
       "secretRef": {
        "type": "object",
        "required": [
         "accessKeyId",
         "secretAccessKey"
        ],
        "properties": {
         "accessKeyId": {
          "type": "object",
          "required": [
           "name",
           "key"
          ],
          "properties": {
           "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253
           },
           "key": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253
           },
           "namespace": {
            "type": "string",
            "minLength": 1,
            "maxLength": 63
           }
          }
         },
         "secretAccessKey": {
          "type": "object",
          "required": [
           "name",
           "key"
          ],
          "properties": {
           "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253
           },
           "key": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253
           },
           "namespace": {
            "type": "string",
            "minLength": 1,
            "maxLength": 63
           }
          }
         },
         "sessionToken": {
          "type": "object",
          "required": [
           "name",
           "key"
          ],
          "properties": {
           "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253
           },
           "key": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253
           },
           "namespace": {
            "type": "string",
            "minLength": 1,
            "maxLength": 63
           }
          }
         }
        }
       }
      }
     },
     "failoverRegions": {
      "type": "array",
      "minItems": 1,
      "maxItems": 4,
      "x-kubernetes-list-type": "set",
      "items": {
       "type": "string",
       "maxLength": 32,
       "x-kubernetes-validations": [
        {
         "rule": "self.matches('^[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}$')",
         "message": "want the name of an AWS Region, such as eu-west-1"
        }
       ]
      }
     },
     "limits": {
      "type": "object",
      "required": [
       "requestsPerSecond"
      ],
      "properties": {
       "requestsPerSecond": {
        "type": "integer",
        "minimum": 1,
        "maximum": 10000
       }
      }
     },
     "assumeRoles": {
      "type": "array",
      "minItems": 1,
      "maxItems": 5,
      "x-kubernetes-list-type": "atomic",
      "items": {
       "type": "object",
       "required": [
        "roleArn"
       ],
       "x-kubernetes-validations": [
        {
         "rule": "!has(self.transitiveTagKeys) || (has(self.sessionTags) && self.transitiveTagKeys.all(k, k in self.sessionTags))",
         "message": "transitiveTagKeys may name keys of sessionTags only"
        }
       ],
       "properties": {
        "roleArn": {
         "type": "string",
         "maxLength": 2048,
         "x-kubernetes-validations": [
          {
           "rule": "self.matches('^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z0-9+=,.@_/-]+$')",
           "message": "want the ARN of an IAM role, such as arn:aws:iam::123456789012:role/reader"
          }
         ]
        },
        "externalId": {
         "type": "string",
         "minLength": 2,
         "maxLength": 1224,
         "x-kubernetes-validations": [
          {
           "rule": "self.matches('^[a-zA-Z0-9_+=,.@:/-]*$')",
           "message": "want letters, digits and the characters _+=,.@:/-"
          }
         ]
        },
        "sessionTags": {
         "type": "object",
         "maxProperties": 50,
         "additionalProperties": {
          "type": "string",
          "maxLength": 256
         },
         "x-kubernetes-validations": [
          {
           "rule": "self.all(k, k.size() <= 128 && k.matches('^[a-zA-Z0-9 _.:/=+@-]+$') && !k.startsWith('aws:'))",
           "message": "want keys of at most 128 letters, digits, spaces and _.:/=+@-, not beginning with \"aws:\""
          }
         ]
        },
        "transitiveTagKeys": {
         "type": "array",
         "maxItems": 50,
         "x-kubernetes-list-type": "set",
         "items": {
          "type": "string",
          "minLength": 1,
          "maxLength": 128
         }
        },
        "sessionDuration": {
         "type": "string",
         "maxLength": 32,
         "x-kubernetes-validations": [
          {
           "rule": "self.matches('^([0-9]{1,7}([.][0-9]{1,3})?(ms|s|m|h)){1,4}$') && duration(self) >= duration('15m') && duration(self) <= duration('1h')",
           "message": "want a duration from 15m to 1h, such as \"30m\"; AWS lets a role that is assumed through another last an hour at most"
          }
         ]
        }
       }
      }
     },
     "allowedNamespaces": {
      "type": "object",
      "x-kubernetes-validations": [
       {
        "rule": "[has(self.names), has(self.selector)].filter(x, x).size() == 1",
        "message": "give exactly one of names, selector"
       }
      ],
      "properties": {
       "names": {
        "type": "array",
        "minItems": 1,
        "maxItems": 100,
        "x-kubernetes-list-type": "set",
        "items": {
         "type": "string",
         "minLength": 1,
         "maxLength": 63,
         "x-kubernetes-validations": [
          {
           "rule": "self.matches('^[-a-z0-9*?]+$')",
           "message": "want the name of a namespace, in which \"*\" and \"?\" may stand for other characters"
          }
         ]
        }
       },
       "selector": {
        "type": "object",
        "x-kubernetes-map-type": "atomic",
        "x-kubernetes-validations": [
         {
          "rule": "(has(self.matchLabels) && self.matchLabels.size() > 0) || (has(self.matchExpressions) && self.matchExpressions.size() > 0)",
          "message": "an empty selector would mean every namespace; name a label"
         }
        ],
        "properties": {
         "matchLabels": {
          "type": "object",
          "maxProperties": 20,
          "additionalProperties": {
           "type": "string",
           "maxLength": 63
          }
         },
         "matchExpressions": {
          "type": "array",
          "maxItems": 20,
          "x-kubernetes-list-type": "atomic",
          "items": {
           "type": "object",
           "required": [
            "key",
            "operator"
           ],
           "x-kubernetes-validations": [
            {
             "rule": "(self.operator in ['In', 'NotIn']) == (has(self.values) && self.values.size() > 0)",
             "message": "In and NotIn need values, Exists and DoesNotExist take none"
            }
           ],
           "properties": {
            "key": {
             "type": "string",
             "minLength": 1,
             "maxLength": 317
            },
            "operator": {
             "type": "string",
             "enum": [
              "In",
              "NotIn",
              "Exists",
              "DoesNotExist"
             ]
            },
            "values": {
             "type": "array",
             "maxItems": 50,
             "x-kubernetes-list-type": "atomic",
             "items": {
              "type": "string",
              "maxLength": 63
             }
            }
           }
          }
         }
        }
       }
      }
     },
     "allowedKeys": {
      "type": "array",
      "minItems": 1,
      "maxItems": 100,
      "x-kubernetes-list-type": "set",
      "items": {
       "type": "string",
       "minLength": 1,
       "maxLength": 2048
      }
     }
    }
   },
   "status": {
    "type": "object",
    "default": {
     "observedGeneration": -1
    },
    "properties": {
     "observedGeneration": {
      "type": "integer",
      "format": "int64"
     },
     "identityArn": {
      "type": "string"
     },
     "hints": {
      "type": "array",
      "maxItems": 20,
      "x-kubernetes-list-type": "atomic",
      "items": {
       "type": "string",
       "maxLength": 4096
      }
     },
     "conditions": {
      "type": "array",
      "maxItems": 16,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": [
       "type"
      ],
      "items": {
       "type": "object",
       "required": [
        "type",
        "status",
        "reason",
        "message",
        "lastTransitionTime"
       ],
       "properties": {
        "type": {
         "type": "string",
         "maxLength": 316
        },
        "status": {
         "type": "string",
         "enum": [
          "True",
          "False",
          "Unknown"
         ]
        },
        "reason": {
         "type": "string",
         "maxLength": 1024
        },
        "message": {
         "type": "string",
         "maxLength": 32768
        },
        "lastTransitionTime": {
         "type": "string",
         "format": "date-time"
        },
        "observedGeneration": {
         "type": "integer",
         "format": "int64"
        }
       }
      }
     }
    }
   }
  }
 },
 "ExternalSecret": {
  "type": "object",
  "required": [
   "spec"
  ],
  "x-kubernetes-validations": [
   {
    "rule": "has(self.spec.target) && has(self.spec.target.name) || !(self.metadata.name.startsWith('sh.helm.release.') || self.metadata.name.startsWith('bootstrap-token-'))",
    "message": "a Secret with a name that Helm or kubeadm reads is refused; set spec.target.name to another name"
   }
  ],
  "properties": {
   "apiVersion": {
    "type": "string"
   },
   "kind": {
    "type": "string"
   },
   "metadata": {
    "type": "object"
   },
   "spec": {
    "type": "object",
    "required": [
     "secretStoreRef"
    ],
    "x-kubernetes-validations": [
     {
      "rule": "(has(self.data) && self.data.size() > 0) || (has(self.dataFrom) && self.dataFrom.size() > 0) || (has(self.target) && has(self.target.template) && has(self.target.template.data) && self.target.template.data.size() > 0)",
      "message": "nothing to write; give spec.data, spec.dataFrom or spec.target.template.data"
     },
     {
      "rule": "!(has(self.refreshPolicy) && self.refreshPolicy == 'CreatedOnce' && has(self.target) && has(self.target.deletionPolicy) && self.target.deletionPolicy == 'Delete')",
      "message": "refreshPolicy CreatedOnce reads nothing again, so deletionPolicy Delete cannot tell when the values are gone; use Periodic"
     }
    ],
    "properties": {
     "secretStoreRef": {
      "type": "object",
      "required": [
       "name"
      ],
      "properties": {
       "name": {
        "type": "string",
        "minLength": 1,
        "maxLength": 253
       },
       "kind": {
        "type": "string",
        "enum": [
         "SecretStore",
         "ClusterSecretStore"
        ],
        "default": "SecretStore"
       }
      }
     },
     "suspend": {
      "type": "boolean"
     },
     "refreshInterval": {
      "type": "string",
      "maxLength": 32,
      "default": "1h",
      "x-kubernetes-validations": [
       {
        "rule": "self.matches('^([0-9]{1,7}([.][0-9]{1,3})?(ms|s|m|h)){1,4}$') && (duration(self) == duration('0s') || (duration(self) >= duration('10s') && duration(self) <= duration('8760h')))",
        "message": "want a duration with a unit from 10s to 8760h, such as \"30s\", \"5m\" or \"1h30m\", or \"0s\" to read on change only"
       }
      ]
     },
     "refreshPolicy": {
      "type": "string",
      "enum": [
       "Periodic",
       "OnChange",
       "CreatedOnce"
      ],
      "default": "Periodic"
     },
     "target": {
      "type": "object",
      "default": {},
      "x-kubernetes-validations": [
       {
        "rule": "!(has(self.creationPolicy) && self.creationPolicy == 'Merge' && has(self.immutable) && self.immutable)",
        "message": "with creationPolicy Merge the Secret is its author's, so immutable cannot be set"
       },
       {
        "rule": "!(has(self.creationPolicy) && self.creationPolicy == 'Merge' && has(self.template) && (has(self.template.type) || has(self.template.metadata)))",
        "message": "with creationPolicy Merge the Secret is its author's, so template.type and template.metadata cannot be set"
       }
      ],
      "properties": {
       "name": {
        "type": "string",
        "minLength": 1,
        "maxLength": 253,
        "x-kubernetes-validations": [
         {
          "rule": "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
          "message": "want the name of a Secret, lower-case letters, digits, \"-\" and \".\""
         },
         {
          "rule": "!self.startsWith('sh.helm.release.') && !self.startsWith('bootstrap-token-')",
          "message": "a Secret with a name that Helm or kubeadm reads is refused; choose another name"
         }
        ]
       },
       "creationPolicy": {
        "type": "string",
        "enum": [
         "Owner",
         "Orphan",
         "Merge"
        ],
        "default": "Owner",
        "x-kubernetes-validations": [
         {
          "rule": "(self == 'Merge') == (oldSelf == 'Merge')",
          "message": "may not change to or from Merge; make another ExternalSecret instead"
         }
        ]
       },
       "deletionPolicy": {
        "type": "string",
        "enum": [
         "Retain",
         "Delete"
        ],
        "default": "Retain"
       },
       "immutable": {
        "type": "boolean"
       },
       "template": {
        "type": "object",
        "properties": {
         "engine": {
          "type": "string",
          "enum": [
           "Liquid"
          ],
          "default": "Liquid"
         },
         "mergePolicy": {
          "type": "string",
          "enum": [
           "Replace",
           "Merge"
          ],
          "default": "Replace"
         },
         "data": {
          "type": "object",
          "maxProperties": 256,
          "additionalProperties": {
           "type": "string",
           "maxLength": 65536
          },
          "x-kubernetes-validations": [
           {
            "rule": "self.all(k, k.size() <= 253 && k.matches('^[-._a-zA-Z0-9]+$') && k != '.' && !k.startsWith('..'))",
            "message": "want keys of at most 253 letters, digits, \"-\", \"_\" and \".\", not \".\" alone and not beginning with \"..\""
           }
          ]
         },
         "type": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253,
          "x-kubernetes-validations": [
           {
            "rule": "self in ['Opaque', 'kubernetes.io/tls', 'kubernetes.io/dockerconfigjson', 'kubernetes.io/dockercfg', 'kubernetes.io/basic-auth', 'kubernetes.io/ssh-auth'] || self.matches('^[a-z0-9.-]+[.][a-z0-9-]+/[-._a-zA-Z0-9]+$') && !self.matches('^([a-z0-9.-]+[.])?(kubernetes[.]io|k8s[.]io|helm[.]sh)/')",
            "message": "this Secret type is refused; use Opaque, kubernetes.io/tls, kubernetes.io/dockerconfigjson, kubernetes.io/dockercfg, kubernetes.io/basic-auth, kubernetes.io/ssh-auth, or a type of your own domain such as example.com/token"
           }
          ]
         },
         "metadata": {
          "type": "object",
          "properties": {
           "labels": {
            "type": "object",
            "maxProperties": 64,
            "additionalProperties": {
             "type": "string",
             "maxLength": 63
            },
            "x-kubernetes-validations": [
             {
              "rule": "self.all(k, !k.matches('^([a-z0-9.-]+[.])?(kubernetes[.]io|k8s[.]io|helm[.]sh|keyferry[.]dev|argoproj[.]io|fluxcd[.]io|cert-manager[.]io)/') && !k.startsWith('replicator.') && !k.startsWith('reflector.'))",
              "message": "keys under kubernetes.io, k8s.io, helm.sh, keyferry.dev, argoproj.io, fluxcd.io and cert-manager.io, and those of Secret replicators, mean something to other controllers and are refused"
             }
            ]
           },
           "annotations": {
            "type": "object",
            "maxProperties": 64,
            "additionalProperties": {
             "type": "string",
             "maxLength": 16384
            },
            "x-kubernetes-validations": [
             {
              "rule": "self.all(k, !k.matches('^([a-z0-9.-]+[.])?(kubernetes[.]io|k8s[.]io|helm[.]sh|keyferry[.]dev|argoproj[.]io|fluxcd[.]io|cert-manager[.]io)/') && !k.startsWith('replicator.') && !k.startsWith('reflector.'))",
              "message": "keys under kubernetes.io, k8s.io, helm.sh, keyferry.dev, argoproj.io, fluxcd.io and cert-manager.io, and those of Secret replicators, mean something to other controllers and are refused"
             }
            ]
           }
          }
         }
        }
       }
      }
     },
     "data": {
      "type": "array",
      "maxItems": 500,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": [
       "secretKey"
      ],
      "items": {
       "type": "object",
       "required": [
        "secretKey",
        "remoteRef"
       ],
       "properties": {
        "secretKey": {
         "type": "string",
         "minLength": 1,
         "maxLength": 253,
         "x-kubernetes-validations": [
          {
           "rule": "self.matches('^[-._a-zA-Z0-9]+$') && self != '.' && !self.startsWith('..')",
           "message": "want letters, digits, \"-\", \"_\" and \".\", not \".\" alone and not beginning with \"..\""
          }
         ]
        },
        "optional": {
         "type": "boolean"
        },
        "secretStoreRef": {
         "type": "object",
         "required": [
          "name"
         ],
         "properties": {
          "name": {
           "type": "string",
           "minLength": 1,
           "maxLength": 253
          },
          "kind": {
           "type": "string",
           "enum": [
            "SecretStore",
            "ClusterSecretStore"
           ]
          }
         }
        },
        "remoteRef": {
         "type": "object",
         "required": [
          "key"
         ],
         "x-kubernetes-validations": [
          {
           "rule": "[has(self.versionStage), has(self.versionId), has(self.version), has(self.label)].filter(x, x).size() <= 1",
           "message": "give at most one of versionStage, versionId (Secrets Manager), version, label (Parameter Store)"
          },
          {
           "rule": "!(has(self.service) && self.service == 'ParameterStore' && (has(self.versionStage) || has(self.versionId)))",
           "message": "versionStage and versionId belong to SecretsManager; for a parameter use version or label"
          },
          {
           "rule": "!(has(self.service) && self.service == 'SecretsManager' && (has(self.version) || has(self.label)))",
           "message": "version and label belong to ParameterStore; for a secret use versionStage or versionId"
          }
         ],
         "properties": {
          "key": {
           "type": "string",
           "minLength": 1,
           "maxLength": 2048
          },
          "service": {
           "type": "string",
           "enum": [
            "SecretsManager",
            "ParameterStore"
           ]
          },
          "property": {
           "type": "string",
           "minLength": 1,
           "maxLength": 2048
          },
          "versionStage": {
           "type": "string",
           "minLength": 1,
           "maxLength": 256
          },
          "versionId": {
           "type": "string",
           "minLength": 32,
           "maxLength": 64
          },
          "version": {
           "type": "integer",
           "format": "int64",
           "minimum": 1
          },
          "label": {
           "type": "string",
           "minLength": 1,
           "maxLength": 100
          },
          "metadataPolicy": {
           "type": "string",
           "enum": [
            "None",
            "Fetch"
           ]
          },
          "decodingStrategy": {
           "type": "string",
           "enum": [
            "None",
            "Base64",
            "Base64URL",
            "Auto"
           ]
          }
         }
        }
       }
      }
     },
     "dataFrom": {
      "type": "array",
      "maxItems": 50,
      "x-kubernetes-list-type": "atomic",
      "items": {
       "type": "object",
       "x-kubernetes-validations": [
        {
         "rule": "has(self.extract) != has(self.find)",
         "message": "give exactly one of extract, find"
        }
       ],
       "properties": {
        "find": {
         "type": "object",
         "x-kubernetes-validations": [
          {
           "rule": "has(self.path) || has(self.name) || has(self.tags)",
           "message": "give at least one of path, name, tags"
          }
         ],
         "properties": {
          "path": {
           "type": "string",
           "minLength": 1,
           "maxLength": 1011
          },
          "name": {
           "type": "object",
           "required": [
            "glob"
           ],
           "properties": {
            "glob": {
             "type": "string",
             "minLength": 1,
             "maxLength": 1011
            }
           }
          },
          "tags": {
           "type": "object",
           "minProperties": 1,
           "maxProperties": 10,
           "additionalProperties": {
            "type": "string",
            "maxLength": 256
           },
           "x-kubernetes-validations": [
            {
             "rule": "self.all(k, k.size() >= 1 && k.size() <= 128)",
             "message": "want keys of 1 to 128 characters"
            }
           ]
          },
          "service": {
           "type": "string",
           "enum": [
            "SecretsManager",
            "ParameterStore"
           ]
          },
          "decodingStrategy": {
           "type": "string",
           "enum": [
            "None",
            "Base64",
            "Base64URL",
            "Auto"
           ]
          }
         }
        },
        "extract": {
         "type": "object",
         "required": [
          "key"
         ],
         "x-kubernetes-validations": [
          {
           "rule": "[has(self.versionStage), has(self.versionId), has(self.version), has(self.label)].filter(x, x).size() <= 1",
           "message": "give at most one of versionStage, versionId (Secrets Manager), version, label (Parameter Store)"
          },
          {
           "rule": "!(has(self.service) && self.service == 'ParameterStore' && (has(self.versionStage) || has(self.versionId)))",
           "message": "versionStage and versionId belong to SecretsManager; for a parameter use version or label"
          },
          {
           "rule": "!(has(self.service) && self.service == 'SecretsManager' && (has(self.version) || has(self.label)))",
           "message": "version and label belong to ParameterStore; for a secret use versionStage or versionId"
          }
         ],
         "properties": {
          "key": {
           "type": "string",
           "minLength": 1,
           "maxLength": 2048
          },
          "service": {
           "type": "string",
           "enum": [
            "SecretsManager",
            "ParameterStore"
           ]
          },
          "property": {
           "type": "string",
           "minLength": 1,
           "maxLength": 2048
          },
          "versionStage": {
           "type": "string",
           "minLength": 1,
           "maxLength": 256
          },
          "versionId": {
           "type": "string",
           "minLength": 32,
           "maxLength": 64
          },
          "version": {
           "type": "integer",
           "format": "int64",
           "minimum": 1
          },
          "label": {
           "type": "string",
           "minLength": 1,
           "maxLength": 100
          },
          "metadataPolicy": {
           "type": "string",
           "enum": [
            "None",
            "Fetch"
           ]
          },
          "decodingStrategy": {
           "type": "string",
           "enum": [
            "None",
            "Base64",
            "Base64URL",
            "Auto"
           ]
          }
         }
        },
        "secretStoreRef": {
         "type": "object",
         "required": [
          "name"
         ],
         "properties": {
          "name": {
           "type": "string",
           "minLength": 1,
           "maxLength": 253
          },
          "kind": {
           "type": "string",
           "enum": [
            "SecretStore",
            "ClusterSecretStore"
           ]
          }
         }
        },
        "rewrite": {
         "type": "array",
         "maxItems": 20,
         "x-kubernetes-list-type": "atomic",
         "items": {
          "type": "object",
          "x-kubernetes-validations": [
           {
            "rule": "[has(self.prefix), has(self.replace), has(self.case)].filter(x, x).size() == 1",
            "message": "give exactly one of prefix, replace, case"
           }
          ],
          "properties": {
           "prefix": {
            "type": "object",
            "properties": {
             "remove": {
              "type": "string",
              "maxLength": 1024
             },
             "add": {
              "type": "string",
              "maxLength": 253
             }
            }
           },
           "replace": {
            "type": "object",
            "required": [
             "from",
             "to"
            ],
            "properties": {
             "from": {
              "type": "string",
              "minLength": 1,
              "maxLength": 253
             },
             "to": {
              "type": "string",
              "maxLength": 253
             }
            }
           },
           "case": {
            "type": "string",
            "enum": [
             "Upper",
             "Lower"
            ]
           }
          }
         }
        }
       }
      }
     }
    }
   },
   "status": {
    "type": "object",
    "default": {
     "observedGeneration": -1
    },
    "properties": {
     "observedGeneration": {
      "type": "integer",
      "format": "int64"
     },
     "refreshTime": {
      "type": "string",
      "format": "date-time"
     },
     "nextRefreshTime": {
      "type": "string",
      "format": "date-time"
     },
     "conditions": {
      "type": "array",
      "maxItems": 16,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": [
       "type"
      ],
      "items": {
       "type": "object",
       "required": [
        "type",
        "status",
        "reason",
        "message",
        "lastTransitionTime"
       ],
       "properties": {
        "type": {
         "type": "string",
         "maxLength": 316
        },
        "status": {
         "type": "string",
         "enum": [
          "True",
          "False",
          "Unknown"
         ]
        },
        "reason": {
         "type": "string",
         "maxLength": 1024
        },
        "message": {
         "type": "string",
         "maxLength": 32768
        },
        "lastTransitionTime": {
         "type": "string",
         "format": "date-time"
        },
        "observedGeneration": {
         "type": "integer",
         "format": "int64"
        }
       }
      }
     },
     "binding": {
      "type": "object",
      "properties": {
       "name": {
        "type": "string"
       }
      }
     },
     "targetResourceVersion": {
      "type": "string"
     },
     "targetRevision": {
      "type": "string"
     },
     "reading": {
      "type": "string"
     },
     "goneSince": {
      "type": "string",
      "format": "date-time"
     },
     "lastForceSync": {
      "type": "string"
     },
     "store": {
      "type": "object",
      "properties": {
       "uid": {
        "type": "string"
       },
       "generation": {
        "type": "integer",
        "format": "int64"
       }
      }
     },
     "restarts": {
      "type": "array",
      "maxItems": 100,
      "x-kubernetes-list-type": "atomic",
      "items": {
       "type": "object",
       "required": [
        "kind",
        "name",
        "state",
        "since"
       ],
       "properties": {
        "kind": {
         "type": "string",
         "maxLength": 63
        },
        "name": {
         "type": "string",
         "maxLength": 253
        },
        "state": {
         "type": "string",
         "maxLength": 63
        },
        "since": {
         "type": "string",
         "format": "date-time"
        }
       }
      }
     },
     "lastRestartTime": {
      "type": "string",
      "format": "date-time"
     },
     "sources": {
      "type": "array",
      "maxItems": 1000,
      "x-kubernetes-list-type": "atomic",
      "items": {
       "type": "object",
       "required": [
        "key",
        "service"
       ],
       "properties": {
        "key": {
         "type": "string"
        },
        "service": {
         "type": "string"
        },
        "region": {
         "type": "string"
        },
        "versionId": {
         "type": "string"
        },
        "version": {
         "type": "integer",
         "format": "int64"
        }
       }
      }
     }
    }
   }
  }
 },
 "SecretStore": {
  "type": "object",
  "required": [
   "spec"
  ],
  "properties": {
   "apiVersion": {
    "type": "string"
   },
   "kind": {
    "type": "string"
   },
   "metadata": {
    "type": "object"
   },
   "spec": {
    "type": "object",
    "required": [
     "region",
     "auth"
    ],
    "x-kubernetes-validations": [
     {
      "rule": "!has(self.failoverRegions) || !(self.region in self.failoverRegions)",
      "message": "failoverRegions are other Regions than region"
     }
    ],
    "properties": {
     "region": {
      "type": "string",
      "maxLength": 32,
      "x-kubernetes-validations": [
       {
        "rule": "self.matches('^[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}$')",
        "message": "want the name of an AWS Region, such as eu-west-1"
       }
      ]
     },
     "defaultService": {
      "type": "string",
      "enum": [
       "SecretsManager",
       "ParameterStore"
      ],
      "default": "SecretsManager"
     },
     "keyPrefix": {
      "type": "string",
      "maxLength": 512
     },
     "auth": {
      "type": "object",
      "x-kubernetes-validations": [
       {
        "rule": "[has(self.serviceAccountRef), has(self.secretRef), has(self.operatorIdentity)].filter(x, x).size() == 1",
        "message": "give exactly one of serviceAccountRef, secretRef, operatorIdentity; a store without an identity is refused"
       }
      ],
      "properties": {
       "serviceAccountRef": {
        "type": "object",
        "required": [
         "name"
        ],
        "properties": {
         "name": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253
         },
         "roleArn": {
          "type": "string",
          "maxLength": 2048,
          "x-kubernetes-validations": [
           {
            "rule": "self.matches('^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z0-9+=,.@_/-]+$')",
            "message": "want the ARN of an IAM role, such as arn:aws:iam::123456789012:role/reader"
           }
          ]
         }
        }
       },
       "operatorIdentity": {
        "type": "object"
       },
       "secretRef": {
        "type": "object",
        "required": [
         "accessKeyId",
         "secretAccessKey"
        ],
        "properties": {
         "accessKeyId": {
          "type": "object",
          "required": [
           "name",
           "key"
          ],
          "properties": {
           "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253
           },
           "key": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253
           }
          }
         },
         "secretAccessKey": {
          "type": "object",
          "required": [
           "name",
           "key"
          ],
          "properties": {
           "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253
           },
           "key": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253
           }
          }
         },
         "sessionToken": {
          "type": "object",
          "required": [
           "name",
           "key"
          ],
          "properties": {
           "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253
           },
           "key": {
            "type": "string",
            "minLength": 1,
            "maxLength": 253
           }
          }
         }
        }
       }
      }
     },
     "failoverRegions": {
      "type": "array",
      "minItems": 1,
      "maxItems": 4,
      "x-kubernetes-list-type": "set",
      "items": {
       "type": "string",
       "maxLength": 32,
       "x-kubernetes-validations": [
        {
         "rule": "self.matches('^[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}$')",
         "message": "want the name of an AWS Region, such as eu-west-1"
        }
       ]
      }
     },
     "limits": {
      "type": "object",
      "required": [
       "requestsPerSecond"
      ],
      "properties": {
       "requestsPerSecond": {
        "type": "integer",
        "minimum": 1,
        "maximum": 10000
       }
      }
     },
     "assumeRoles": {
      "type": "array",
      "minItems": 1,
      "maxItems": 5,
      "x-kubernetes-list-type": "atomic",
      "items": {
       "type": "object",
       "required": [
        "roleArn"
       ],
       "x-kubernetes-validations": [
        {
         "rule": "!has(self.transitiveTagKeys) || (has(self.sessionTags) && self.transitiveTagKeys.all(k, k in self.sessionTags))",
         "message": "transitiveTagKeys may name keys of sessionTags only"
        }
       ],
       "properties": {
        "roleArn": {
         "type": "string",
         "maxLength": 2048,
         "x-kubernetes-validations": [
          {
           "rule": "self.matches('^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z0-9+=,.@_/-]+$')",
           "message": "want the ARN of an IAM role, such as arn:aws:iam::123456789012:role/reader"
          }
         ]
        },
        "externalId": {
         "type": "string",
         "minLength": 2,
         "maxLength": 1224,
         "x-kubernetes-validations": [
          {
           "rule": "self.matches('^[a-zA-Z0-9_+=,.@:/-]*$')",
           "message": "want letters, digits and the characters _+=,.@:/-"
          }
         ]
        },
        "sessionTags": {
         "type": "object",
         "maxProperties": 50,
         "additionalProperties": {
          "type": "string",
          "maxLength": 256
         },
         "x-kubernetes-validations": [
          {
           "rule": "self.all(k, k.size() <= 128 && k.matches('^[a-zA-Z0-9 _.:/=+@-]+$') && !k.startsWith('aws:'))",
           "message": "want keys of at most 128 letters, digits, spaces and _.:/=+@-, not beginning with \"aws:\""
          }
         ]
        },
        "transitiveTagKeys": {
         "type": "array",
         "maxItems": 50,
         "x-kubernetes-list-type": "set",
         "items": {
          "type": "string",
          "minLength": 1,
          "maxLength": 128
         }
        },
        "sessionDuration": {
         "type": "string",
         "maxLength": 32,
         "x-kubernetes-validations": [
          {
           "rule": "self.matches('^([0-9]{1,7}([.][0-9]{1,3})?(ms|s|m|h)){1,4}$') && duration(self) >= duration('15m') && duration(self) <= duration('1h')",
           "message": "want a duration from 15m to 1h, such as \"30m\"; AWS lets a role that is assumed through another last an hour at most"
          }
         ]
        }
       }
      }
     }
    }
   },
   "status": {
    "type": "object",
    "default": {
     "observedGeneration": -1
    },
    "properties": {
     "observedGeneration": {
      "type": "integer",
      "format": "int64"
     },
     "identityArn": {
      "type": "string"
     },
     "hints": {
      "type": "array",
      "maxItems": 20,
      "x-kubernetes-list-type": "atomic",
      "items": {
       "type": "string",
       "maxLength": 4096
      }
     },
     "conditions": {
      "type": "array",
      "maxItems": 16,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": [
       "type"
      ],
      "items": {
       "type": "object",
       "required": [
        "type",
        "status",
        "reason",
        "message",
        "lastTransitionTime"
       ],
       "properties": {
        "type": {
         "type": "string",
         "maxLength": 316
        },
        "status": {
         "type": "string",
         "enum": [
          "True",
          "False",
          "Unknown"
         ]
        },
        "reason": {
         "type": "string",
         "maxLength": 1024
        },
        "message": {
         "type": "string",
         "maxLength": 32768
        },
        "lastTransitionTime": {
         "type": "string",
         "format": "date-time"
        },
        "observedGeneration": {
         "type": "integer",
         "format": "int64"
        }
       }
      }
     }
    }
   }
  }
 }
};

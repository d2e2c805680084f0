terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.0" }
  }
}

variable "name" {
  description = "The beginning of the names of the rules."
  type        = string
  default     = "keyferry-events"
}

variable "bus_arn" {
  description = "bus_arn of the module queue."
  type        = string
}

data "aws_caller_identity" "current" {}

locals {
  # One for each kind of event that keyferry knows.
  patterns = {
    secret-labels = {
      source      = ["aws.secretsmanager"]
      detail-type = ["Secret Label Updated"]
    }
    # CloudTrail tells of these two.
    secret-calls = {
      source      = ["aws.secretsmanager"]
      detail-type = ["AWS API Call via CloudTrail"]
      detail = {
        eventName = ["CreateSecret", "DeleteSecret", "PutSecretValue", "RestoreSecret", "UpdateSecret", "UpdateSecretVersionStage"]
        errorCode = [{ exists = false }]
      }
    }
    secret-rotations = {
      source      = ["aws.secretsmanager"]
      detail-type = ["AWS Service Event via CloudTrail"]
      detail      = { eventName = ["RotationSucceeded"] }
    }
    parameters = {
      source      = ["aws.ssm"]
      detail-type = ["Parameter Store Change"]
      detail      = { operation = ["Create", "Update", "Delete", "LabelParameterVersion"] }
    }
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

data "aws_iam_policy_document" "send" {
  statement {
    effect    = "Allow"
    actions   = ["events:PutEvents"]
    resources = [var.bus_arn]
  }
}

resource "aws_iam_role" "sender" {
  name_prefix        = "${var.name}-"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "send" {
  name   = "send"
  role   = aws_iam_role.sender.id
  policy = data.aws_iam_policy_document.send.json
}

resource "aws_cloudwatch_event_rule" "change" {
  for_each      = local.patterns
  name          = "${var.name}-${each.key}"
  event_pattern = jsonencode(each.value)
}

resource "aws_cloudwatch_event_target" "change" {
  for_each  = local.patterns
  rule      = aws_cloudwatch_event_rule.change[each.key].name
  target_id = "bus"
  arn       = var.bus_arn
  role_arn  = aws_iam_role.sender.arn
}

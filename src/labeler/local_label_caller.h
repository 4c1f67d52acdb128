// LocalLabelCaller: asks the labeler of this very process (`pawfect serve`). Safe from any thread.
#pragma once

#include "labeler/label_caller.h"
#include "labeler/label_service.h"
#include "metrics/service_context.h"

namespace pawfect {

class LocalLabelCaller : public LabelCaller {
 public:
  // Both outlive this.
  LocalLabelCaller(LabelService& service, const ServiceContext& context)
      : service_(service), context_(context) {}

  void ask(const SessionId& session, std::string_view photo) override;

 private:
  LabelService& service_;
  ServiceContext context_;
};

}  // namespace pawfect

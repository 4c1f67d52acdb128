#include "cli/engines.h"

#include "flux_engine/flux_engine.h"
#include "models/models_folder.h"
#include "texture/texture_engine.h"

namespace pawfect {

EngineRegistry built_in_engines() {
  EngineRegistry registry;
  registry.add("texture", "copies fitting texture from around the hole; needs no weights",
               [](const EngineSetup&) -> Result<std::unique_ptr<FillEngine>> {
                 return make_texture_engine();
               });
  registry.add("flux", "paints with FLUX.1-Fill; needs its weights (--models) and time or a card",
               [](const EngineSetup& asked) -> Result<std::unique_ptr<FillEngine>> {
                 const auto folder = models_folder(asked.models);
                 if (!folder) return std::unexpected(folder.error());
                 EngineSetup setup = asked;
                 setup.models = *folder;
                 return make_flux_engine(setup);
               });
  return registry;
}

}  // namespace pawfect
